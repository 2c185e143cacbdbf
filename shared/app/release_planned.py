"""A planned message whose moment has come."""

from dataclasses import dataclass

from shared.app.delivered import Delivered
from shared.app.ports.clock import Clock
from shared.app.ports.queue import Queue
from shared.app.ports.schedule import Schedule
from shared.app.publish import Publish
from shared.app.unseen import DELIVERY_UNSEEN, Unseen
from shared.domain.deliveries import Scheduled
from shared.domain.lease import Lease
from shared.domain.moments import delay_until
from shared.domain.schedule import Due, release
from tidings.catalog import Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePlanned:
    schedule: Schedule
    queue: Queue
    clock: Clock
    publish: Publish
    unseen: Unseen
    catalog: Catalog

    def __call__(self, scheduled: Scheduled, lease: Lease) -> Delivered:
        now, key = self.clock.now(), scheduled.schedule_key
        if now <= scheduled.due_at - 1:
            # The queue was early, or this machine's clock is late: a second is the promise.
            self.queue.put(scheduled, delay_seconds=delay_until(scheduled.due_at, now))
            return Delivered(subject=key, result="early: put back")
        planned = self.schedule.current(Due(key, scheduled.due_at))
        if planned is None:
            return Delivered(subject=key, result="moved or cancelled")
        if planned.event_type == DELIVERY_UNSEEN:
            return self.unseen.look(planned, lease)
        event = release(planned, self.catalog, now=now)
        if event is None:
            return Delivered(subject=key, result="its moment has passed")
        published = self.publish.send(event, lease=lease, sent_at=max(float(planned.due_at), now))
        return Delivered(subject=key, result=published.result, fanned=published.fanned)
