"""An event from the bus to its audience, once."""

from dataclasses import dataclass
from enum import StrEnum

from shared.app.fan_out import Fanned, FanOut
from shared.app.ports import (
    Claim,
    Clock,
    Conflations,
    Queue,
    Rejection,
    Rejections,
)
from shared.domain.deliveries import Held, Part, Pending
from shared.domain.errors import EventRejected
from shared.domain.intake import AcceptedEvent, BusEvent, accept, held_form


class Result(StrEnum):
    SENT = "sent"
    DUPLICATE = "duplicate"
    HELD = "held"
    PENDING = "pending"
    REJECTED = "rejected"
    NOT_FOR_CLIENTS = "not_for_clients"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What became of an event, for the log and the metrics."""

    event_id: str
    event_type: str
    result: Result
    reasons: tuple[str, ...] = ()
    fanned: Fanned | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
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
        if event.type.channel is None:
            return _published(event, Result.NOT_FOR_CLIENTS)
        whole = Part(
            event_id=event.id,
            message=event.envelope(sent_at=sent_at).to_json(),
            channel=event.type.channel,
            user_id=event.user_id,
            published_at=event.occurred_at if sent_at is None else sent_at,
        )
        fanned = self.fan_out(whole, deadline=deadline)
        if fanned.claim is Claim.DONE:
            return _published(event, Result.DUPLICATE)
        if fanned.claim is Claim.RUNNING:
            # A duplicate, or the retry of an invocation that died: known when that one's time is over.
            delay_seconds = int(fanned.lease_until - self.clock.now()) + 1
            self.queue.put(Pending(event=held_form(event), sent_at=sent_at), delay_seconds=delay_seconds)
            return _published(event, Result.PENDING)
        return _published(event, Result.SENT, fanned=fanned)

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
        kept_apart = "" if conflation.key_field is None else event.data[conflation.key_field]
        key = f"{event.type.name}#{event.user_id or ''}#{kept_apart}"
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


def _published(event: AcceptedEvent, result: Result, *, fanned: Fanned | None = None) -> Published:
    return Published(event_id=event.id, event_type=event.type.name, result=result, fanned=fanned)
