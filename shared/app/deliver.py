"""What comes from the delivery queue: welcomes, pings, planned messages, remainders, parts, closes."""

from dataclasses import dataclass
from typing import assert_never

from shared.app.conflate import Conflate
from shared.app.end import End
from shared.app.fan_out import Fanned, FanOut
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
from shared.domain.lease import Lease
from shared.domain.messages import forbidden_channels, unknown_channels
from shared.domain.moments import delay_until
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
    conflate: Conflate
    publish: Publish
    end: End
    heartbeat_seconds: int
    authentication: str

    def __call__(self, delivery: Delivery, *, lease: Lease) -> Delivered:  # noqa: PLR0911  one for each kind
        match delivery:
            case Welcome():
                return self._greet(delivery, lease)
            case Heartbeat():
                return self._ping(delivery, lease)
            case Scheduled():
                return self._release(delivery, lease)
            case Remainder():
                return self._resume(delivery, lease)
            case Part():
                return self._part(delivery, lease)
            case Pending():
                return self._look_again(delivery, lease)
            case Held():
                return self._release_held(delivery, lease)
            case Close() | Expiry():
                result = self.end(delivery, lease=lease)
                return Delivered(kind=delivery.kind, subject=delivery.connection_id, result=result)
        assert_never(delivery)

    def _greet(self, greeting: Welcome, lease: Lease) -> Delivered:
        now = self.clock.now()
        connection_id = greeting.connection_id
        connection = self.connections.claim_welcome(connection_id, now=now, lease=lease)
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
        receipt = self._post(f"welcome:{connection_id}", first, target, lease)
        self.connections.welcomed(connection_id)
        if greeting.unknown_channels and receipt.delivered:
            problem = envelope.error(unknown_channels(greeting.unknown_channels), now=now)
            self._post(f"unknown:{connection_id}", problem, target, lease)
        if greeting.forbidden_channels and receipt.delivered:
            problem = envelope.error(forbidden_channels(greeting.forbidden_channels), now=now)
            self._post(f"forbidden:{connection_id}", problem, target, lease)
        return Delivered(kind="welcome", subject=connection_id, result="sent", fanned=_alone(receipt))

    def _post(self, event_id: str, message: envelope.Envelope, target: Target, lease: Lease) -> Receipt:
        greeting = Remainder(event_id=event_id, message=message.to_json(), targets=(target,), attempt=0)
        return self.fan_out.post(greeting, lease=lease)

    def _ping(self, beat: Heartbeat, lease: Lease) -> Delivered:
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
        fanned = self.fan_out(whole, lease=lease)
        result = "sent" if fanned.claim is Claim.NEW else "duplicate"
        return Delivered(kind="heartbeat", subject=event_id, result=result, fanned=fanned)

    def _release(self, scheduled: Scheduled, lease: Lease) -> Delivered:
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
        published = self.publish.send(event, lease=lease, sent_at=sent_at)
        return Delivered(
            kind="scheduled",
            subject=scheduled.schedule_key,
            result=published.result,
            fanned=published.fanned,
        )

    def _release_held(self, held: Held, lease: Lease) -> Delivered:
        published = self.publish.release_held(held.key, lease=lease)
        if published is None:
            return Delivered(kind="held", subject=held.key, result="nothing held")
        return Delivered(kind="held", subject=held.key, result=published.result, fanned=published.fanned)

    def _resume(self, remainder: Remainder, lease: Lease) -> Delivered:
        receipt = self.fan_out.post(remainder, lease=lease)
        return Delivered(
            kind="remainder", subject=remainder.event_id, result="resumed", fanned=_alone(receipt)
        )

    def _part(self, part: Part, lease: Lease) -> Delivered:
        subject = f"{part.event_id}/{part.number}"
        if part.window is None:
            fanned = self.fan_out(part, lease=lease)
        elif self.conflate.rejoin(part.window, part.event_id, lease):
            try:
                fanned = self.fan_out(part, lease=lease)
            finally:
                self.conflate.leave(part.window, part.event_id, lease, is_sent=False)
        else:
            fanned = self.fan_out.drop(part, lease=lease)
            return Delivered(kind="part", subject=subject, result="superseded", fanned=fanned)
        if fanned.claim is Claim.DONE:
            return Delivered(kind="part", subject=subject, result="duplicate")
        if fanned.claim is Claim.RUNNING:
            delay_seconds = delay_until(fanned.lease_until + 1, self.clock.now())
            self.fan_out.parts.put(part, delay_seconds=delay_seconds)
            return Delivered(kind="part", subject=subject, result="running: put back")
        return Delivered(kind="part", subject=subject, result="carried out", fanned=fanned)

    def _look_again(self, pending: Pending, lease: Lease) -> Delivered:
        event = from_held_form(pending.event)
        published = self.publish.send(event, lease=lease, sent_at=pending.sent_at)
        return Delivered(kind="pending", subject=event.id, result=published.result, fanned=published.fanned)


def _alone(receipt: Receipt) -> Fanned:
    return Fanned(claim=Claim.NEW, receipt=receipt, counts=receipt.since(Receipt()))
