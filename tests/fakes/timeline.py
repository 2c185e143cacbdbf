"""The whole application on fakes, with a queue that keeps its delays: time passes only as the test says."""

import heapq
from dataclasses import replace
from itertools import count
from typing import Any, NamedTuple

from shared.app.plan import PlanOutcome
from shared.app.tick import Ticked
from shared.domain.deliveries import Delivery
from shared.domain.moments import wire_time
from tests.fakes.payloads import PAYLOADS
from tests.fakes.system import FakeSystem

TICK_SECONDS = 60


class Arrival(NamedTuple):
    at: float
    message: dict[str, Any]


class Timeline:
    """Seconds are counted from the start, which is a whole minute."""

    def __init__(self, **settings: Any) -> None:
        self.system = FakeSystem(**settings)
        self.start = int(self.system.clock.now())
        self.arrivals: dict[str, list[Arrival]] = {}
        self._queue: list[tuple[float, int, Delivery]] = []
        self._numbers = count()

    @property
    def now(self) -> float:
        return self.system.clock.now() - self.start

    def at(self, seconds: float) -> str:
        """A timestamp."""
        return wire_time(self.start + seconds)

    def tell(
        self,
        detail_type: str,
        *,
        data: dict[str, Any] | None = None,
        occurred: float | None = None,
        event_id: str | None = None,
        **detail: Any,
    ) -> PlanOutcome:
        """Give an event to the scheduler; `data` goes over the type's example payload."""
        payload = {**PAYLOADS.get(detail_type, {}), **(data or {})}
        event = self.system.event(
            detail_type, payload, event_id=event_id or f"e-{next(self._numbers)}", **detail
        )
        if occurred is not None:
            event = replace(event, occurred_at=self.start + occurred)
        return self.system.app.plan(event)

    def tick(self, *, seconds_left: float = 55.0) -> Ticked:
        return self.system.app.tick(deadline=self.system.clock.now() + seconds_left)

    def run(self, until: float, *, ticking: bool = True) -> None:
        """Let time pass, with a tick each minute unless told otherwise; deliver what the queue holds."""
        while self.now < until:
            if ticking and self.now % TICK_SECONDS == 0:
                self.tick()
            minute_ends = (self.now // TICK_SECONDS + 1) * TICK_SECONDS
            self._pass(min(until, minute_ends))

    def deliver_twice(self) -> None:
        """The queue has a bad day: everything in it is there twice."""
        self._collect()
        # Once: doubling again and again would fill the memory, not the test.
        for available_at, delivery in dict.fromkeys((at, delivery) for at, _, delivery in self._queue):
            self._push(available_at, delivery)

    def messages_at(self, connection_id: str, type_: str) -> list[tuple[float, dict[str, Any]]]:
        arrivals = self.arrivals.get(connection_id, [])
        return [(one.at, one.message["data"]) for one in arrivals if one.message["type"] == type_]

    def _pass(self, until: float) -> None:
        self._collect()
        while self._queue and self._queue[0][0] <= until:
            available_at, _, delivery = heapq.heappop(self._queue)
            self._move_clock(available_at)
            self.system.app.deliver(delivery, lease=self.system.lease)
            self._note_arrivals()
            self._collect()
        self._move_clock(until)

    def _collect(self) -> None:
        for delivery, delay_seconds in self.system.queue.messages:
            self._push(self.now + delay_seconds, delivery)
        self.system.queue.messages.clear()

    def _push(self, available_at: float, delivery: Delivery) -> None:
        heapq.heappush(self._queue, (available_at, next(self._numbers), delivery))

    def _move_clock(self, to: float) -> None:
        self.system.clock.advance(max(0.0, to - self.now))

    def _note_arrivals(self) -> None:
        for connection_id, received in self.system.sender.received.items():
            known = self.arrivals.setdefault(connection_id, [])
            known.extend(Arrival(self.now, message) for message in received[len(known) :])
