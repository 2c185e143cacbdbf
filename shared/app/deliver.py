"""What comes from the delivery queue: welcomes, pings, planned messages, remainders, parts, closes."""

from dataclasses import dataclass
from typing import assert_never

from shared.app.end import End
from shared.app.fan_out import Fanned, FanOut
from shared.app.hand_over import delay_until
from shared.app.ports import (
    Claim,
    Clock,
    Connections,
    Queue,
    Schedule,
)
from shared.app.publish import Publish
from shared.domain import envelope
from shared.domain.deliveries import (
    Close,
    Delivery,
    Expiry,
    Heartbeat,
    Held,
    Part,
    Pending,
    Remainder,
    Scheduled,
    Target,
    Welcome,
)
from shared.domain.intake import from_held_form
from shared.domain.messages import forbidden_channels, unknown_channels
from shared.domain.receipt import Receipt
from shared.domain.schedule import Due, release
from shared.domain.welcome import welcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What became of a queue message, for the log and the metrics."""

    kind: str
    subject: str
    result: str
    fanned: Fanned | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    connections: Connections
    schedule: Schedule
    queue: Queue
    clock: Clock
    fan_out: FanOut
    publish: Publish
    end: End
    heartbeat_seconds: int
    authentication: str

    def __call__(self, delivery: Delivery, *, deadline: float) -> Delivered:  # noqa: PLR0911  one for each kind
        match delivery:
            case Welcome():
                return self._greet(delivery, deadline)
            case Heartbeat():
                return self._ping(delivery, deadline)
            case Scheduled():
                return self._release(delivery, deadline)
            case Remainder():
                return self._resume(delivery, deadline)
            case Part():
                return self._part(delivery, deadline)
            case Pending():
                return self._look_again(delivery, deadline)
            case Held():
                return self._release_held(delivery, deadline)
            case Close() | Expiry():
                result = self.end(delivery, deadline=deadline)
                return Delivered(kind=delivery.kind, subject=delivery.connection_id, result=result)
        assert_never(delivery)

    def _greet(self, greeting: Welcome, deadline: float) -> Delivered:
        now = self.clock.now()
        connection_id = greeting.connection_id
        connection = self.connections.claim_welcome(connection_id, now=now, lease_until=deadline)
        if connection is None:
            return Delivered(kind="welcome", subject=connection_id, result="gone or greeted already")
        target = Target(connection_id=connection_id, connected_at=connection.connected_at)
        first = welcome(
            connection,
            greeting.channels,
            now=now,
            heartbeat_seconds=self.heartbeat_seconds,
            authentication=self.authentication,
        )
        receipt = self._post(f"welcome:{connection_id}", first, target, deadline)
        self.connections.welcomed(connection_id)
        if greeting.unknown_channels and receipt.delivered:
            problem = envelope.error(unknown_channels(greeting.unknown_channels), now=now)
            self._post(f"unknown:{connection_id}", problem, target, deadline)
        if greeting.forbidden_channels and receipt.delivered:
            problem = envelope.error(forbidden_channels(greeting.forbidden_channels), now=now)
            self._post(f"forbidden:{connection_id}", problem, target, deadline)
        return Delivered(kind="welcome", subject=connection_id, result="sent", fanned=_alone(receipt))

    def _post(self, event_id: str, message: envelope.Envelope, target: Target, deadline: float) -> Receipt:
        greeting = Remainder(event_id=event_id, message=message.to_json(), targets=(target,), attempt=0)
        return self.fan_out.post(greeting, deadline=deadline)

    def _ping(self, beat: Heartbeat, deadline: float) -> Delivered:
        event_id = f"ping:{beat.due_at}" + (f":{beat.share}/{beat.shares}" if beat.shares > 1 else "")
        if self.clock.now() - beat.due_at >= self.heartbeat_seconds:
            return Delivered(kind="heartbeat", subject=event_id, result="too late: the next one is due")
        whole = Part(
            event_id=event_id,
            message=envelope.ping(beat.due_at).to_json(),
            channel=None,
            share=beat.share,
            shares=beat.shares,
            published_at=beat.due_at,
            worth_until=beat.due_at + self.heartbeat_seconds,
        )
        fanned = self.fan_out(whole, deadline=deadline)
        result = "sent" if fanned.claim is Claim.NEW else "duplicate"
        return Delivered(kind="heartbeat", subject=event_id, result=result, fanned=fanned)

    def _release(self, scheduled: Scheduled, deadline: float) -> Delivered:
        now = self.clock.now()
        if now <= scheduled.due_at - 1:
            # The queue was early, or this machine's clock is late: a second is the promise.
            self.queue.put(scheduled, delay_seconds=delay_until(scheduled.due_at, now))
            return Delivered(kind="scheduled", subject=scheduled.schedule_key, result="early: put back")
        planned = self.schedule.current(Due(scheduled.schedule_key, scheduled.due_at))
        if planned is None:
            return Delivered(kind="scheduled", subject=scheduled.schedule_key, result="moved or cancelled")
        event = release(planned, now=now)
        if event is None:
            return Delivered(kind="scheduled", subject=scheduled.schedule_key, result="its moment has passed")
        sent_at = max(float(planned.due_at), now)
        published = self.publish.send(event, deadline=deadline, sent_at=sent_at)
        return Delivered(
            kind="scheduled",
            subject=scheduled.schedule_key,
            result=published.result,
            fanned=published.fanned,
        )

    def _release_held(self, held: Held, deadline: float) -> Delivered:
        published = self.publish.release_held(held.key, deadline=deadline)
        if published is None:
            return Delivered(kind="held", subject=held.key, result="nothing held")
        return Delivered(kind="held", subject=held.key, result=published.result, fanned=published.fanned)

    def _resume(self, remainder: Remainder, deadline: float) -> Delivered:
        receipt = self.fan_out.post(remainder, deadline=deadline)
        return Delivered(
            kind="remainder", subject=remainder.event_id, result="resumed", fanned=_alone(receipt)
        )

    def _part(self, part: Part, deadline: float) -> Delivered:
        fanned = self.fan_out(part, deadline=deadline)
        subject = f"{part.event_id}/{part.number}"
        if fanned.claim is Claim.DONE:
            return Delivered(kind="part", subject=subject, result="duplicate")
        if fanned.claim is Claim.RUNNING:
            delay_seconds = int(fanned.lease_until - self.clock.now()) + 1
            self.fan_out.parts.put(part, delay_seconds=delay_seconds)
            return Delivered(kind="part", subject=subject, result="running: put back")
        return Delivered(kind="part", subject=subject, result="carried out", fanned=fanned)

    def _look_again(self, pending: Pending, deadline: float) -> Delivered:
        event = from_held_form(pending.event)
        published = self.publish.send(event, deadline=deadline, sent_at=pending.sent_at)
        return Delivered(kind="pending", subject=event.id, result=published.result, fanned=published.fanned)


def _alone(receipt: Receipt) -> Fanned:
    return Fanned(claim=Claim.NEW, receipt=receipt, counts=receipt.since(Receipt()))
