"""The tables and queues of one history, and the clients through which functions see them."""

from collections.abc import Callable, Sequence
from typing import Any

from simulation.calls import Calls, TroubledDynamoDB, TroubledSQS
from simulation.code import Version
from simulation.faults import STALE, Faults
from simulation.hub import Hub
from simulation.memory.dynamodb import MemoryDynamoDB
from simulation.memory.sqs import MemorySQS, Message, Queue

TABLES = {
    "connections": ("connection_id",),
    "subscriptions": ("topic_shard", "connection_id"),
    "events": ("stream", "offset"),
    "access": ("access_key",),
    "schedule": ("schedule_key",),
}
DUE = ("due_shard", "due_at")
# infra/parts/queues.py and infra/config.py; tests/simulation holds them to the template's.
VISIBILITY_SECONDS = 120.0
RECEIVES_AT_MOST = 12
URL = "https://sqs.test/"
STALE_SECONDS = (0.1, 2.0)


class Storage:
    def __init__(
        self,
        hub: Hub,
        faults: Faults,
        versions: Sequence[Version],
        sent: Callable[[str, Message], None],
    ) -> None:
        """`sent` is told of each message, with the name of its queue."""
        self._hub = hub
        self._faults = faults
        self._sent = sent
        self.memory = MemoryDynamoDB(now=self._now, lag=self._lag)
        for name, key in TABLES.items():
            index: Any = {}
            if name == "schedule":
                projection = {"ProjectionType": "KEYS_ONLY"}
                due = {"IndexName": "due", "KeySchema": _schema(DUE), "Projection": projection}
                index = {"GlobalSecondaryIndexes": [due]}
            self.memory.create_table(TableName=name, KeySchema=_schema(key), **index)
        failed = Queue(url=f"{URL}failed")
        self.queues = {
            name: Queue(
                url=f"{URL}{name}",
                visibility_seconds=VISIBILITY_SECONDS,
                dead_letter=failed,
                receives_at_most=RECEIVES_AT_MOST,
            )
            for name in ("delivery", "parts")
        }
        self.queues |= {"failed": failed, "rejected": Queue(url=f"{URL}rejected")}
        self.calls = calls = Calls(hub, faults)
        for version in versions:
            calls.port_methods = {**calls.port_methods, **version.port_methods}
        self.dynamodb = TroubledDynamoDB(self.memory, calls)
        self.sqs = TroubledSQS(MemorySQS(*self.queues.values(), now=self._now, sent=self._name), calls)

    def _now(self) -> float:
        return self._hub.now

    def _name(self, queue: Queue, message: Message) -> None:
        """Name the message after the call that sent it, the same in every run of the seed."""
        task = self._hub.task
        cause = f"{task.key}:{task.calls}" if task is not None else message.message_id
        twins = sum(one.cause.startswith(f"{cause}/") for one in queue.messages.values())
        message.cause = f"{cause}/{twins}"
        self._sent(queue.url.removeprefix(URL), message)

    def _lag(self) -> float:
        task = self._hub.task
        about = "" if task is None else f"{task.key}:{task.calls}"
        if not self._faults.happens(STALE, about):
            return 0.0
        return self._faults.chance.between(*STALE_SECONDS, about)


def _schema(names: tuple[str, ...]) -> list[dict[str, str]]:
    kinds = ("HASH", "RANGE")
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, kinds, strict=False)]
