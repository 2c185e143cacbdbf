"""The minute's tick: what is due soon goes to the delivery queue, with the delay that lands it on time."""

from dataclasses import dataclass

from shared.app.hand_over import delay_until, hand_over
from shared.app.ports import Clock, Queue, Schedule
from shared.domain.deliveries import Heartbeat
from shared.domain.heartbeats import heartbeats_between
from shared.domain.schedule import HORIZON_SECONDS


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
        until = now + HORIZON_SECONDS
        beats = heartbeats_between(now, until, self.heartbeat_seconds)
        self.queue.put_all((Heartbeat(due_at=due_at), delay_until(due_at, now)) for due_at, _ in beats)
        released = 0
        for page in self.schedule.due(until=until, turn=int(now // 60)):
            hand_over(page, schedule=self.schedule, queue=self.queue, now=now)
            released += len(page)
            if self.clock.now() >= deadline:
                return Ticked(heartbeats=len(beats), released=released, finished=False)
        return Ticked(heartbeats=len(beats), released=released, finished=True)
