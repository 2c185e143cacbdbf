"""An event from the bus to its audience, once."""

from dataclasses import dataclass
from enum import StrEnum

from shared.app.fan_out import FanOut, Job
from shared.app.ports import (
    Claim,
    Clock,
    Conflations,
    History,
    Queue,
    Receipt,
    Rejection,
    Rejections,
    Subscribers,
)
from shared.domain.audience import audience_of
from shared.domain.deliveries import Held
from shared.domain.errors import EventRejected
from shared.domain.intake import AcceptedEvent, BusEvent, accept


class Result(StrEnum):
    SENT = "sent"
    DUPLICATE = "duplicate"
    HELD = "held"
    REJECTED = "rejected"
    NOT_FOR_CLIENTS = "not_for_clients"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What became of an event, for the log and the metrics."""

    event_id: str
    event_type: str
    result: Result
    reasons: tuple[str, ...] = ()
    receipt: Receipt | None = None
    age_seconds: float | None = None
    """From the moment the producer gave it to the last post."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    subscribers: Subscribers
    history: History
    conflations: Conflations
    rejections: Rejections
    queue: Queue
    clock: Clock
    fan_out: FanOut

    def __call__(self, event: BusEvent, *, deadline: float) -> Published:
        """Carry out an event from the bus; what is not valid is kept with the reasons."""
        try:
            accepted = accept(event, now=self.clock.now())
        except EventRejected as rejected:
            self.rejections.put(rejection_of(event, rejected))
            return Published(
                event_id=event.event_id,
                event_type=event.detail_type,
                result=Result.REJECTED,
                reasons=rejected.reasons,
            )
        # What is to be delivered later is the scheduler's; the bus gives it to both only by mistake.
        later = accepted.deliver_at is not None and accepted.deliver_at > self.clock.now()
        if later or accepted.type.channel is None:
            return _published(accepted, Result.NOT_FOR_CLIENTS)
        if self._is_held(accepted):
            return _published(accepted, Result.HELD)
        return self.send(accepted, deadline=deadline)

    def send(self, event: AcceptedEvent, *, deadline: float, sent_at: float | None = None) -> Published:
        """Post an accepted event to its audience, unless that was done or is being done."""
        now = self.clock.now()
        if event.type.channel is None:
            return _published(event, Result.NOT_FOR_CLIENTS)
        if self.history.claim(event.id, now=now, lease_until=deadline) is not Claim.NEW:
            return _published(event, Result.DUPLICATE)
        job = Job(event_id=event.id, message=event.envelope(sent_at=sent_at).to_json(), deadline=deadline)
        pages = self.subscribers.pages(audience_of(event.type.channel, event.user_id), now=now)
        receipt = self.fan_out(job, pages)
        self.history.finish(event.id, receipt)
        age_seconds = round(self.clock.now() - event.occurred_at, 3)
        return _published(event, Result.SENT, receipt=receipt, age_seconds=age_seconds)

    def release_held(self, key: str, *, deadline: float) -> Published | None:
        """Send the latest message of a conflation window that has ended."""
        held = self.conflations.held(key)
        if held is None:
            return None
        published = self.send(held, deadline=deadline)
        # Cleared only once it is sent, so that a crash in between loses nothing.
        if not self.conflations.clear(key, held.id, now=self.clock.now()):
            conflation = held.type.conflation
            self.queue.put(Held(key=key), delay_seconds=conflation.window_seconds if conflation else 0)
        return published

    def _is_held(self, event: AcceptedEvent) -> bool:
        conflation = event.type.conflation
        if conflation is None:
            return False
        key = f"{event.type.name}#{event.user_id or ''}#{event.data[conflation.key_field]}"
        holding = self.conflations.hold(
            key, event, now=self.clock.now(), window_seconds=conflation.window_seconds
        )
        if holding.release_in_seconds is not None:
            self.queue.put(Held(key=key), delay_seconds=holding.release_in_seconds)
        return holding.held


def rejection_of(event: BusEvent, rejected: EventRejected) -> Rejection:
    """The event as it came, so that it can be mended and put on the bus again."""
    content = {
        "id": event.event_id,
        "source": event.source,
        "detail-type": event.detail_type,
        "time": event.occurred_at,
        "detail": event.detail,
    }
    return Rejection(kind="invalid_event", reasons=rejected.reasons, content=content)


def _published(
    event: AcceptedEvent,
    result: Result,
    *,
    receipt: Receipt | None = None,
    age_seconds: float | None = None,
) -> Published:
    return Published(
        event_id=event.id,
        event_type=event.type.name,
        result=result,
        receipt=receipt,
        age_seconds=age_seconds,
    )
