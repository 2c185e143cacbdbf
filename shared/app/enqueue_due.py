"""Planned messages on their way to the delivery queue."""

from collections.abc import Sequence

from shared.app.ports import Ports
from shared.domain.deliveries import Scheduled
from shared.domain.moments import delay_until
from shared.domain.schedule import Due


def enqueue_due(ports: Ports, dues: Sequence[Due], *, now: float) -> None:
    """Put them on the queue, each with the delay that lands it on its second.

    Queued before they are marked: a crash in between queues them twice, and their ids send them once.
    """
    ports.queue.put_all(
        (Scheduled(schedule_key=due.key, due_at=due.due_at), delay_until(due.due_at, now)) for due in dues
    )
    ports.schedule.handed_over(dues)
