"""A planned message whose moment has come."""

from shared.app import unseen
from shared.app.delivered import Delivered
from shared.app.ports import Ports
from shared.app.publish import send
from shared.app.unseen import DELIVERY_UNSEEN
from shared.domain.deliveries import Scheduled
from shared.domain.lease import Lease
from shared.domain.moments import delay_until
from shared.domain.schedule import release


def release_planned(ports: Ports, scheduled: Scheduled, lease: Lease) -> Delivered:
    now, key = ports.clock.now(), scheduled.schedule_key
    if now <= scheduled.due_at - 1:
        # The queue was early, or this machine's clock is late: a second is the promise.
        ports.queue.put(scheduled, delay_seconds=delay_until(scheduled.due_at, now))
        return Delivered(subject=key, result="early: put back")
    planned = ports.schedule.current(scheduled)
    if planned is None:
        return Delivered(subject=key, result="moved or cancelled")
    if planned.event_type == DELIVERY_UNSEEN:
        return unseen.look(ports, planned, lease)
    event = release(planned, ports.catalog, now=now)
    if event is None:
        return Delivered(subject=key, result="its moment has passed")
    published = send(ports, event, lease=lease, sent_at=max(float(planned.due_at), now))
    return Delivered(subject=key, result=published.result, fanned=published.fanned)
