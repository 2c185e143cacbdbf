"""One history: everything joined, the plan carried out, until nothing more will happen by itself."""

import hashlib
import os
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from simulation.access import Access, TrustingTokens
from simulation.calls import Calls, TroubledDynamoDB, TroubledSQS
from simulation.chance import Chance
from simulation.clients import Client
from simulation.code import Version, modules_restored
from simulation.faults import BEFORE, STALE, TICK_LOST, Faults
from simulation.gateway import Connection, Gateway
from simulation.hub import Hub
from simulation.lambdas import Lambdas
from simulation.memory.dynamodb import MemoryDynamoDB
from simulation.memory.sqs import MemorySQS, Message, Queue
from simulation.plan import Plan, Step
from simulation.planning import Planning
from simulation.producers import Producers
from simulation.sender import SimulatedSender
from simulation.sources import Bus, EventSource

TABLES = {
    "connections": ("connection_id",),
    "subscriptions": ("topic_shard", "connection_id"),
    "events": ("stream", "offset"),
    "access": ("access_key",),
    "schedule": ("schedule_key",),
}
DUE = ("due_shard", "due_at")
VISIBILITY_SECONDS = 360.0
RECEIVES_AT_MOST = 5
URL = "https://sqs.test/"
TICK_SECONDS = 60.0
# What the sweep walks, and how much of it a minute: shared/aws/orphan_rows.py, shared/app/sweep.py.
TOPICS = 8
PAGES_PER_TICK = 4
ON_PURPOSE = ("TidingsError", "ClientError", "BotoCoreError")
# After this long something goes round for ever.
DRAIN_SECONDS = 6 * 60 * 60.0
DAY_AFTER_SECONDS = 26 * 60 * 60.0
SETTINGS: dict[str, Any] = {
    "stage": "simulation",
    **{f"{name}_table": name for name in TABLES},
    "delivery_queue_url": f"{URL}delivery",
    "parts_queue_url": f"{URL}parts",
    "rejected_queue_url": f"{URL}rejected",
    "ws_endpoint": "https://api.test/simulation",
    "topic_shards": 2,
    "heartbeat_seconds": 60,
    "posts_per_second": 1000,
    "auth_issuer": "https://issuer.test/",
    "auth_audience": "tidings",
    "auth_jwks_url": "https://issuer.test/jwks.json",
}


class World:
    def __init__(self, plan: Plan, versions: Sequence[Version]) -> None:
        self.plan = plan
        self.versions = versions
        self.chance = Chance(plan.seed)
        self.hub = Hub(plan.begins_at)
        self.faults = Faults(chance=self.chance, rates=plan.rates, kept=plan.kept_faults)
        self.lines: list[tuple[Any, ...]] = []
        self.started: set[Version] = set()
        """The versions that an invocation ran on."""
        self.problems: list[tuple[str, str]] = []
        """(key, exception) of each invocation and each queue message that failed."""
        self.surprises: list[tuple[str, str]] = []
        """Those that nobody raises on purpose."""
        self.kept_words: frozenset[str] | None = None
        self.quietening = False
        """Whether the last step was taken: clients come back with credentials that last."""
        self.over = False
        self.pongs = self.chance.happens(0.2, "pongs")
        self.forever = False
        """Whether something still went on when all should have been quiet."""
        self._storage()
        self.gateway = Gateway(hub=self.hub, faults=self.faults, disconnected=self._disconnected)
        self.lambdas = Lambdas(
            hub=self.hub,
            chance=self.chance,
            start=self._start,
            version_of=self._version_of,
            ended=self._ended,
        )
        self.bus = Bus(hub=self.hub, chance=self.chance, faults=self.faults, lambdas=self.lambdas)
        self.sources = {
            name: self._source(name, batch_size=batch_size, at_once=at_once)
            for name, batch_size, at_once in (("delivery", 10, 5), ("parts", 1, 2))
        }
        self.producers = Producers(self)
        self.planning = Planning(self)
        self.access = Access(self)
        self.clients = {name: Client(self, name, user, list(wish)) for name, user, wish in plan.clients}
        self._settings = {version: version.settings(**SETTINGS | dict(plan.settings)) for version in versions}
        for version in versions:
            version.log.told = self._logged

    # Running

    def run(self) -> None:
        with self._determined():
            for step in self.plan.steps:
                self.hub.at(self.plan.begins_at + step.at, lambda step=step: self._carry_out(step))  # type: ignore[misc]  bound early
            active_seconds = max((step.at for step in self.plan.steps), default=0.0) + 1.0
            self._tick_until(self.plan.begins_at + active_seconds)
            self._tick_until(self.planning.last_due_at() + TICK_SECONDS)
            self.quietening = True
            self._drain()
            # From here on nothing goes wrong: what is left to be done can be done.
            self.faults.healed = True
            for tick in range(self._settling_ticks()):
                if tick > 0 and not self._is_unsettled():
                    break
                self._tick_until(self.hub.now + TICK_SECONDS)
            self._drain()

    def _is_unsettled(self) -> bool:
        """Whether rows are there that a ping, the sweep or a tick has yet to find."""
        for item in self.memory.tables["subscriptions"].items():
            if self.gateway.connections[item["connection_id"]["S"]].closed_at is not None:
                return True
        return any("held" in item for item in self.memory.tables["events"].items())

    def _settling_ticks(self) -> int:
        """Enough for a ping to every connection, and for the sweep to go through all topics."""
        settings = SETTINGS | dict(self.plan.settings)
        pages = TOPICS * settings["topic_shards"]
        return int(settings["heartbeat_seconds"] // TICK_SECONDS) + pages // PAGES_PER_TICK + 2

    def run_day_after(self) -> None:
        """Everybody leaves, and a day later the last rows end."""
        with self._determined():
            self.over = True
            for client in self.clients.values():
                client.leave()
            self._drain()
            self.hub.run_until(self.hub.now + DAY_AFTER_SECONDS)
            self._tick_until(self.hub.now + 2 * TICK_SECONDS)
            self._drain()
            self.memory.expire(self.hub.now)

    def _tick_until(self, moment: float) -> None:
        while self.hub.now < moment:
            following = min(moment, (self.hub.now // TICK_SECONDS + 1) * TICK_SECONDS)
            self.hub.run_until(following)
            if following % TICK_SECONDS == 0:
                self._tick()

    def _tick(self) -> None:
        key = f"tick{int(self.hub.now - self.plan.begins_at) // 60}"
        if not self.faults.happens(TICK_LOST, key):
            self.lambdas.invoke_later("scheduler", {"id": key, "source": "aws.events"}, key=key)

    def _drain(self) -> None:
        """Run until nothing is due any more."""
        limit = self.hub.now + DRAIN_SECONDS
        while (moment := self.hub.next_moment()) is not None:
            if moment > limit:
                self.forever = True
                return
            self.hub.run_until(moment)

    def _carry_out(self, step: Step) -> None:
        self.record("step", step.number, step.kind)
        client = self.clients.get(step.given.get("client", ""))
        if step.kind in ("publish", "again"):
            self.producers.carry_out(step)
        elif step.kind == "revoke":
            self.access.revoke(step.number, step.given["user"])
        elif client is None:
            self.planning.carry_out(step.kind, step.number, step.given)
        elif step.kind == "connect":
            if client.connection is None or not client.connection.alive:
                client.connect()
        elif step.kind == "leave":
            client.leave()
        elif step.kind == "subscribe":
            client.subscribe(step.given["channel"])
        elif step.kind == "unsubscribe":
            client.unsubscribe(step.given["channel"])
        elif step.kind == "authenticate":
            client.authenticate()

    # What is told

    def record(self, *facts: Any) -> None:
        self.lines.append((round(self.hub.now - self.plan.begins_at, 3), *facts))

    def digest(self) -> str:
        """The same for the same seed, in every process and on every machine."""
        lines = "\n".join(repr(line) for line in self.lines)
        return hashlib.blake2b(lines.encode(), digest_size=8).hexdigest()

    def _ended(self, function: str, key: str, problem: BaseException | None) -> None:
        self.record("ended", function, key, type(problem).__name__)
        if isinstance(problem, Exception):
            self._problem(key, problem)
        if problem is None and function == "scheduler":
            self.planning.ended(key)

    def _problem(self, key: str, problem: BaseException) -> None:
        names = [base.__name__ for base in type(problem).__mro__]
        self.problems.append((key, f"{type(problem).__name__}: {problem}"))
        if not any(name in ON_PURPOSE for name in names):
            self.surprises.append((key, repr(problem)))

    def _logged(self, message: str, more: dict[str, Any]) -> None:
        task = self.hub.task
        self.record("log", message, more.get("id") or more.get("subject"), task.key if task else "")

    # Joining

    def _storage(self) -> None:
        now = lambda: self.hub.now  # noqa: E731  one line, four users
        self.memory = MemoryDynamoDB(now=now, lag=self._lag)
        for name, key in TABLES.items():
            index: Any = {}
            if name == "schedule":
                projection = {"ProjectionType": "KEYS_ONLY"}
                due = {"IndexName": "due", "KeySchema": _schema(DUE), "Projection": projection}
                index = {"GlobalSecondaryIndexes": [due]}
            self.memory.create_table(TableName=name, KeySchema=_schema(key), **index)
        failed = Queue(url=f"{URL}delivery-failed")
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
        sqs = MemorySQS(*self.queues.values(), now=now, sent=self._sent)
        self.calls = Calls(self.hub, self.faults)
        for version in self.versions:
            self.calls.port_methods = {**self.calls.port_methods, **version.port_methods}
        self.dynamodb = TroubledDynamoDB(self.memory, self.calls)
        self.sqs = TroubledSQS(sqs, self.calls)

    def _source(self, name: str, *, batch_size: int, at_once: int) -> EventSource:
        return EventSource(
            hub=self.hub,
            chance=self.chance,
            faults=self.faults,
            lambdas=self.lambdas,
            queue=self.queues[name],
            batch_size=batch_size,
            at_once=at_once,
        )

    def _sent(self, queue: Queue, message: Message) -> None:
        task = self.hub.task
        message.cause = f"{task.key}:{task.calls}" if task is not None else message.message_id
        twin = sum(one.cause.startswith(f"{message.cause}/") for one in queue.messages.values())
        message.cause = f"{message.cause}/{twin}"
        source = self.sources.get(queue.url.removeprefix(URL))
        if source is not None:
            source.sent(message)

    def _lag(self) -> float:
        task = self.hub.task
        about = "" if task is None else f"{task.key}:{task.calls}"
        return self.chance.between(0.1, 2.0, about) if self.faults.happens(STALE, about) else 0.0

    def _start(self, function: str, version: Version) -> Any:
        self.started.add(version)
        sender = SimulatedSender(
            hub=self.hub,
            faults=self.faults,
            gateway=self.gateway,
            posted=version.posted,
        )
        return version.start(
            function,
            self._settings[version],
            failed=self._problem,
            clock=SimulatedClock(self.hub, self.faults),
            sender=sender,
            tokens=TrustingTokens(),
            **version.clients(dynamodb=self.dynamodb, sqs=self.sqs),
        )

    def _version_of(self, function: str) -> Version:
        """Aliases flip one by one during a deployment."""
        if len(self.versions) == 1:
            return self.versions[0]
        flips_at = self.plan.begins_at + self.chance.between(0, 40, f"deploy {function}")
        return self.versions[self.hub.now >= flips_at]

    def _disconnected(self, connection: Connection, because: str) -> None:
        event = {
            "requestContext": {
                "connectionId": connection.connection_id,
                "routeKey": "$disconnect",
                "disconnectReason": because,
            }
        }
        key = f"{connection.connection_id}x{int(self.hub.now)}"
        self.lambdas.invoke("disconnect", event, key=key, done=lambda _result, _problem: None)

    @contextmanager
    def _determined(self) -> Iterator[None]:
        """What the code draws at random, it draws from the seed."""
        drawn = 0

        def urandom(size: int) -> bytes:
            nonlocal drawn
            drawn += 1
            task = self.hub.task
            about = f"random {drawn}" if task is None else f"random {task.key}:{task.calls} {drawn}"
            return hashlib.blake2b(about.encode(), digest_size=size, key=str(self.plan.seed).encode()).digest()

        before = os.urandom, random._urandom  # type: ignore[attr-defined]  # noqa: SLF001  what SystemRandom reads
        os.urandom = random._urandom = urandom  # type: ignore[assignment, attr-defined]  # noqa: SLF001
        try:
            with modules_restored(self.versions):
                yield
        finally:
            os.urandom, random._urandom = before  # type: ignore[attr-defined]  # noqa: SLF001


class SimulatedClock:
    def __init__(self, hub: Hub, faults: Faults) -> None:
        self._hub = hub
        self._faults = faults

    def now(self) -> float:
        return self._hub.now

    def sleep(self, seconds: float) -> None:
        task = self._hub.task
        if task is not None:
            task.calls += 1
            about = f"{task.key}:{task.calls}"
            self._faults.seen["Clock.sleep", "call"] += 1
            if self._faults.happens(BEFORE, f"Clock.sleep of {about}"):
                self._hub.die()
        self._hub.wait(seconds)


def _schema(names: tuple[str, ...]) -> list[dict[str, str]]:
    kinds = ("HASH", "RANGE")
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, kinds, strict=False)]
