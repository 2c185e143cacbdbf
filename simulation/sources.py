"""What invokes functions: the bus by its rules, the queues by their event sources."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from events import catalog
from simulation.chance import Chance
from simulation.faults import BUS_LATE, BUS_TWICE, QUEUE_LATE, QUEUE_TWICE, Faults
from simulation.hub import Hub
from simulation.lambdas import Lambdas
from simulation.memory.sqs import Message, Queue

# What the rules of infra/parts/bus.py mean; tests/simulation compares them with the patterns themselves.
SCHEDULED_TYPES = (
    "schedule.cancelled",
    *(name for name, type_ in catalog.types.items() if type_.changes_plans),
)


def targets_of(event: Mapping[str, Any]) -> list[str]:
    """The functions that the bus's rules hand an event to."""
    later = "deliver_at" in event["detail"]
    ours = event["detail-type"] == "delivery.unseen"
    targets = [] if later or ours else ["publisher"]
    if later or event["detail-type"] in SCHEDULED_TYPES:
        targets.append("scheduler")
    return targets


@dataclass(slots=True, kw_only=True)
class Bus:
    hub: Hub
    chance: Chance
    faults: Faults
    lambdas: Lambdas

    def put(self, event: dict[str, Any], *, key: str) -> None:
        """At least once to each target, in no order."""
        for function in targets_of(event):
            about = f"{key}/{function[:3]}"
            self._hand_over(function, event, about)
            if self.faults.happens(BUS_TWICE, about):
                self._hand_over(function, event, f"{about}+")

    def _hand_over(self, function: str, event: dict[str, Any], about: str) -> None:
        seconds = self.chance.between(0.02, 0.4, about)
        if self.faults.happens(BUS_LATE, about):
            seconds = self.chance.between(1.0, 90.0, f"late {about}")
        self.hub.after(seconds, lambda: self.lambdas.invoke_later(function, event, key=about))


@dataclass(slots=True, kw_only=True)
class EventSource:
    """Polls a queue for the publisher: batches, partial failures, at most so many at once."""

    hub: Hub
    chance: Chance
    faults: Faults
    lambdas: Lambdas
    queue: Queue
    batch_size: int
    at_once: int
    _busy: int = 0
    _planned: float | None = None
    _repeated: set[str] = field(default_factory=set)

    def poke(self) -> None:
        """Something may be visible, now or later."""
        moment = self.queue.next_visible_at()
        if moment is None or self._busy >= self.at_once:
            return
        moment = max(moment, self.hub.now) + 0.01
        if self._planned is None or moment < self._planned:
            self._planned = moment
            self.hub.at(moment, lambda: self._poll(moment))

    def sent(self, message: Message) -> None:
        """A message came: the queue may show it later than it was asked to."""
        if self.faults.happens(QUEUE_LATE, message.cause):
            message.visible_at += self.chance.between(1.0, 60.0, f"late {message.cause}")
        self.poke()

    def _poll(self, moment: float) -> None:
        if self._planned != moment:
            return
        self._planned = None
        if self._busy >= self.at_once:
            return
        now = self.hub.now
        visible = sorted(self.queue.visible(now), key=lambda one: self.chance.number(one.cause))
        batch = [one for one in visible[: self.batch_size] if self.queue.take(one, now)]
        if batch:
            self._busy += 1
            first = batch[0]
            event = {"Records": [self._record(one) for one in batch]}
            self.lambdas.invoke(
                "publisher",
                event,
                key=f"{first.cause}^{first.receives}",
                done=lambda result, problem: self._done(batch, result, problem),
            )
        self.poke()

    def _done(self, batch: list[Message], result: Any, problem: BaseException | None) -> None:
        self._busy -= 1
        if problem is None:
            failures = (result or {}).get("batchItemFailures", [])
            failed = {one["itemIdentifier"] for one in failures}
            for message in batch:
                if message.message_id not in failed:
                    self._delete(message)
        self.poke()

    def _delete(self, message: Message) -> None:
        self.queue.delete(message.receipt)
        if message.cause not in self._repeated and self.faults.happens(QUEUE_TWICE, message.cause):
            self._repeated.add(message.cause)
            again = replace(
                message,
                message_id=f"{message.message_id}+",
                visible_at=self.hub.now + self.chance.between(0.0, 8.0, f"twice {message.cause}"),
            )
            self.queue.messages[again.message_id] = again

    def _record(self, message: Message) -> dict[str, Any]:
        name = self.queue.url.rpartition("/")[2]
        return {
            "messageId": message.message_id,
            "receiptHandle": message.receipt,
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": str(message.receives),
                "SentTimestamp": str(int(message.sent_at * 1000)),
                "SenderId": "simulation",
                "ApproximateFirstReceiveTimestamp": str(int(self.hub.now * 1000)),
            },
            "messageAttributes": {},
            "md5OfBody": "",
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:eu-west-1:123456789012:{name}",
            "awsRegion": "eu-west-1",
        }
