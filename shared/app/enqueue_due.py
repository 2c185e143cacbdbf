"""Planned messages on their way to the delivery queue."""

from collections.abc import Sequence

from shared.app.ports import Ports
from shared.domain.deliveries import Scheduled
from shared.domain.moments import delay_until


def enqueue_due(ports: Ports, dues: Sequence[Scheduled], *, now: float) -> None:
    """Put them on the queue, each with the delay that lands it on its second.

    Queued before they are marked: a crash in between queues them twice, and their ids send them once.
    """
    ports.queue.put_all((due, delay_until(due.due_at, now)) for due in dues)
    ports.schedule.handed_over(dues)
