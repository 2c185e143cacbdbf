"""What comes from the delivery queue: welcomes, pings, planned messages, remainders, closes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from shared.app.fan_out import FanOut, Job
from shared.app.hand_over import delay_until
from shared.app.ports import (
    Claim,
    Clock,
    Connections,
    History,
    Queue,
    Receipt,
    Schedule,
    Sender,
    Subscriber,
    Subscribers,
)
from shared.app.publish import Publish
from shared.domain import envelope
from shared.domain.audience import EverybodyAudience
from shared.domain.deliveries import Close, Delivery, Heartbeat, Held, Remainder, Scheduled, Welcome
from shared.domain.messages import unknown_channels
from shared.domain.schedule import Due, release
from shared.domain.welcome import welcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What became of a queue message, for the log and the metrics."""

    kind: str
    subject: str
    result: str
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    connections: Connections
    subscribers: Subscribers
    history: History
    schedule: Schedule
    queue: Queue
    sender: Sender
    clock: Clock
    fan_out: FanOut
    publish: Publish
    heartbeat_seconds: int

    def __call__(self, delivery: Delivery, *, deadline: float) -> Delivered:
        match delivery:
            case Welcome():
                return self._greet(delivery, deadline)
            case Heartbeat():
                return self._ping(delivery, deadline)
            case Scheduled():
                return self._release(delivery, deadline)
            case Remainder():
                return self._resume(delivery, deadline)
            case Held():
                return self._release_held(delivery, deadline)
            case Close():
                return self._close(delivery)
        assert_never(delivery)

    def _greet(self, greeting: Welcome, deadline: float) -> Delivered:
        now = self.clock.now()
        connection_id = greeting.connection_id
        connection = self.connections.claim_welcome(connection_id, now=now, lease_until=deadline)
        if connection is None:
            return Delivered(kind="welcome", subject=connection_id, result="gone or greeted already")
        target = [Subscriber(connection_id, connection.connected_at, "")]
        first = welcome(connection, greeting.channels, now=now, heartbeat_seconds=self.heartbeat_seconds)
        receipt = self._post(f"welcome:{connection_id}", first, target, deadline)
        self.connections.welcomed(connection_id)
        if greeting.unknown_channels and receipt.delivered:
            problem = envelope.error(unknown_channels(greeting.unknown_channels), now=now)
            self._post(f"unknown:{connection_id}", problem, target, deadline)
        return Delivered(kind="welcome", subject=connection_id, result="sent", receipt=receipt)

    def _post(
        self, event_id: str, message: envelope.Envelope, targets: Sequence[Subscriber], deadline: float
    ) -> Receipt:
        job = Job(event_id=event_id, message=message.to_json(), deadline=deadline)
        return self.fan_out(job, [targets])

    def _ping(self, beat: Heartbeat, deadline: float) -> Delivered:
        now = self.clock.now()
        event_id = f"ping:{beat.due_at}"
        if now - beat.due_at >= self.heartbeat_seconds:
            return Delivered(kind="heartbeat", subject=event_id, result="too late: the next one is due")
        if self.history.claim(event_id, now=now, lease_until=deadline) is not Claim.NEW:
            return Delivered(kind="heartbeat", subject=event_id, result="duplicate")
        message = envelope.ping(beat.due_at).to_json()
        job = Job(event_id=event_id, message=message, deadline=deadline, deferrable=False)
        receipt = self.fan_out(job, self.subscribers.pages(EverybodyAudience(), now=now))
        self.history.finish(event_id, receipt)
        return Delivered(kind="heartbeat", subject=event_id, result="sent", receipt=receipt)

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
            receipt=published.receipt,
        )

    def _release_held(self, held: Held, deadline: float) -> Delivered:
        published = self.publish.release_held(held.key, deadline=deadline)
        if published is None:
            return Delivered(kind="held", subject=held.key, result="nothing held")
        return Delivered(kind="held", subject=held.key, result=published.result, receipt=published.receipt)

    def _close(self, close: Close) -> Delivered:
        self.sender.close(close.connection_id)
        return Delivered(kind="close", subject=close.connection_id, result="closed")

    def _resume(self, remainder: Remainder, deadline: float) -> Delivered:
        job = Job(
            event_id=remainder.event_id,
            message=remainder.message,
            deadline=deadline,
            attempt=remainder.attempt,
        )
        targets = [Subscriber(one.connection_id, one.connected_at, "") for one in remainder.targets]
        receipt = self.fan_out(job, [targets])
        return Delivered(kind="remainder", subject=remainder.event_id, result="resumed", receipt=receipt)
