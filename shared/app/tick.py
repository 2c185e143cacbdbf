"""The minute's tick: what is due soon goes to the delivery queue, with the delay that lands it on time."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from shared.app.plan import delay_until, queued
from shared.app.ports import Clock, Queue, Schedule
from shared.domain.deliveries import Heartbeat
from shared.domain.limits import SQS_BATCH_ENTRIES
from shared.domain.schedule import HORIZON_SECONDS, Planned, heartbeats_between


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked:
    heartbeats: int
    released: int
    finished: bool
    """False when time ran out: the next tick goes on where this one stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    schedule: Schedule
    queue: Queue
    clock: Clock
    heartbeat_seconds: int

    def __call__(self, *, deadline: float) -> Ticked:
        now = self.clock.now()
        heartbeats = heartbeats_between(now, now + HORIZON_SECONDS, self.heartbeat_seconds)
        self.queue.put_all((Heartbeat(due_at=due_at), delay_until(due_at, now)) for due_at in heartbeats)
        released = 0
        due = self.schedule.due(until=now + HORIZON_SECONDS)
        while batch := _next(due):
            # Queued before it is marked: a crash in between queues it twice, and its id sends it once.
            self.queue.put_all(queued(planned, now) for planned in batch)
            for planned in batch:
                self.schedule.handed_over(planned)
            released += len(batch)
            if self.clock.now() >= deadline:
                return Ticked(heartbeats=len(heartbeats), released=released, finished=False)
        return Ticked(heartbeats=len(heartbeats), released=released, finished=True)


def _next(due: Iterator[Planned]) -> list[Planned]:
    return list(islice(due, SQS_BATCH_ENTRIES))
