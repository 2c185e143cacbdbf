"""A million subscribers on a simulated clock: the real fan-out, pace, parts and pages; stated latencies.

`python -m benchmarks.fan_out.million` prints the tables of docs/scaling.md and writes docs/scaling.svg.
"""

import heapq
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.fan_out import dollars
from benchmarks.fan_out.plot import svg
from benchmarks.fan_out.running import table
from shared.app.fan_out.event import fan_out
from shared.app.ports.sender import Posted
from shared.app.ports.subscribers import Page
from shared.aws.pages import PAGE_ROWS
from shared.bootstrap import Adapters, build_ports
from shared.domain.audience import Audience
from shared.domain.deliveries import FanOutPart
from shared.domain.lease import Lease
from shared.domain.pace import PARTS_SHARE, Pace
from shared.domain.progress import Place, Progress
from shared.domain.target import Outcome, Target
from tests.fakes.catalog import Channel
from tests.fakes.clock import FakeClock
from tests.fakes.greetings import FakeGreetings
from tests.fakes.history import FakeHistory
from tests.fakes.queue import FakeQueue
from tests.fakes.registry import FakeRegistry
from tests.fakes.rejections import FakeRejections
from tests.fakes.system import SETTINGS
from tests.fakes.tables import FakeTables

SHARDS = PARTS_AT_ONCE = 8
TARGETS_PER_RUN = 20_000
IN_FLIGHT = 128
POST_SECONDS = 0.015
POST_CPU_SECONDS = 70e-6
QUERY_SECONDS = 0.010
QUEUE_SECONDS = 0.030
START_SECONDS = 0.020
TIMEOUT_SECONDS = 60.0
ROW_BYTES = 90
SIZES = (1_000, 10_000, 100_000, 1_000_000)
RATES = (2_500, 5_000, 10_000)


@dataclass
class SimulatedSender:
    """Posts take 15 ms, 128 at once, and each costs CPU; time passes while nothing is to be done."""

    clock: FakeClock
    posts: int = 0

    def post(self, message: bytes, connection_ids: Iterable[str | None]) -> Iterator[Posted]:
        del message
        under_way: list[tuple[float, str]] = []
        for connection_id in connection_ids:
            if connection_id is not None:
                self.posts += 1
                self.clock.advance(POST_CPU_SECONDS)
                heapq.heappush(under_way, (self.clock.now() + POST_SECONDS, connection_id))
            if connection_id is None or len(under_way) >= IN_FLIGHT:
                self.clock.advance(max(0.0, under_way[0][0] - self.clock.now()))
            while under_way and under_way[0][0] <= self.clock.now():
                yield Posted(heapq.heappop(under_way)[1], Outcome.DELIVERED)
        while under_way:
            done_at, connection_id = heapq.heappop(under_way)
            self.clock.advance(max(0.0, done_at - self.clock.now()))
            yield Posted(connection_id, Outcome.DELIVERED)

    def close(self, connection_ids: Iterable[str]) -> list[str]:
        raise AssertionError(list(connection_ids))


@dataclass
class SimulatedSubscribers:
    clock: FakeClock
    count_all: int
    read_units: float = 0.0
    queries: int = 0

    def count(self, channel: str, *, now: float) -> int:
        del channel, now
        return self.count_all

    def places(self, audience: Audience) -> tuple[Place, ...]:
        del audience
        return tuple(Place(shard) for shard in range(SHARDS))

    def of_user(self, user_id: str, *, now: float) -> Sequence[Target]:
        raise AssertionError(user_id, now)

    def of_address(self, address: str, *, now: float) -> Sequence[Target]:
        raise AssertionError(address, now)

    def pages(self, audience: Audience, places: Sequence[Place], *, now: float) -> Iterator[Page]:
        del audience, now
        self.clock.advance(QUERY_SECONDS)
        going = list(places)
        while going:
            place = going.pop(0)
            rows = self.count_all // SHARDS + (place.shard < self.count_all % SHARDS)
            start = 0 if place.after is None else int(place.after.partition(".")[0]) + 1
            names = [f"{number}.{place.shard}" for number in range(start, min(start + PAGE_ROWS, rows))]
            units = max(1, math.ceil(len(names) * ROW_BYTES / 4096))
            self.read_units += units
            self.queries += 1
            after = names[-1] if start + PAGE_ROWS < rows else None
            if after is not None:
                going.append(Place(place.shard, after))
            yield Page(place.shard, [Target(name, 0.0, "") for name in names], after, units)


@dataclass
class MeteredHistory(FakeHistory):
    write_units: int = 0

    def save(self, event_id: str, progress: Progress, *, lease: Lease, part: int = 0) -> bool:
        # A waiting target is its id, a moment and two small numbers: 40 bytes in the row.
        self.write_units += math.ceil((400 + 40 * len(progress.waiting)) / 1024)
        return super().save(event_id, progress, lease=lease, part=part)


@dataclass
class Outcomes:
    seconds: float
    invocations: int
    read_units: float
    write_units: int
    queries: int
    billed_seconds: float
    delivered: int
    longest_seconds: float = 0.0

    @property
    def dollars(self) -> float:
        lambda_cost = self.billed_seconds * dollars.PUBLISHER_GB * dollars.LAMBDA_GB_SECOND
        requests = self.invocations * (dollars.LAMBDA_REQUEST + 3 * dollars.SQS_REQUEST)
        rows = self.read_units * dollars.READ_UNIT + self.write_units * dollars.WRITE_UNIT
        return lambda_cost + requests + rows


@dataclass
class Simulation:
    subscribers: int
    posts_per_second: int
    queue: FakeQueue = field(default_factory=FakeQueue)
    history: MeteredHistory = field(default_factory=MeteredHistory)

    def run(self) -> Outcomes:
        part = FanOutPart(event_id="e", message="{}", channel=Channel.JOBS, published_at=1.0)
        began = 1_763_132_400.0
        workers = [began] * PARTS_AT_ONCE
        waiting: list[tuple[float, int, FanOutPart]] = [(began, 0, part)]
        paces = [Pace(self.posts_per_second * PARTS_SHARE / PARTS_AT_ONCE) for _ in workers]
        found = Outcomes(0.0, 0, 0.0, 0, 0, 0.0, 0)
        order = 0
        while waiting:
            ready_at, _, part = heapq.heappop(waiting)
            # Each invocation is one worker on a clock of its own: parts touch each other on the queue only.
            number = min(range(PARTS_AT_ONCE), key=lambda worker: workers[worker])
            clock = FakeClock(max(ready_at, workers[number]) + START_SECONDS)
            subscribers = SimulatedSubscribers(clock, self.subscribers)
            starts = clock.now()
            lease = Lease(f"run {starts}", starts + TIMEOUT_SECONDS)
            fan_out(self.ports(clock, subscribers, paces[number]), part, lease=lease)
            workers[number] = clock.now()
            found.invocations += 1
            found.billed_seconds += clock.now() - starts
            found.longest_seconds = max(found.longest_seconds, clock.now() - starts)
            found.read_units += subscribers.read_units
            found.queries += subscribers.queries
            for delivery in self.queue.take_all():
                assert isinstance(delivery, FanOutPart)
                order += 1
                heapq.heappush(waiting, (clock.now() + QUEUE_SECONDS, order, delivery))
        receipt = self.history.receipt("e")
        assert receipt.delivered == receipt.matched == self.subscribers
        found.delivered = receipt.delivered
        found.seconds = max(workers) - began
        found.write_units = self.history.write_units + 2 * len(self.history.rows) + found.invocations
        return found

    def ports(self, clock: FakeClock, subscribers: SimulatedSubscribers, parts_pace: Pace) -> Adapters:
        tables = FakeTables()
        sender: Any = SimulatedSender(clock)
        made = build_ports(
            settings=replace(
                SETTINGS, posts_per_second=self.posts_per_second, targets_per_run=TARGETS_PER_RUN
            ),
            sender=sender,
            registry=FakeRegistry(tables),
            greetings=FakeGreetings(tables),
            clock=clock,
            jitter=Random(7).random,  # noqa: S311  reproducible, not secret
            subscribers=subscribers,
            history=self.history,
            parts=self.queue,
            rejections=FakeRejections(),
        )
        made.parts_pace = parts_pace
        return made


def main() -> None:
    found = {(size, rate): Simulation(size, rate).run() for rate in RATES for size in SIZES}
    for rate in RATES:
        table(
            f"POSTS_PER_SECOND={rate:,}",
            ("subscribers", "seconds", "invocations", "queries", "read units", "write units", "dollars"),
            [
                (
                    f"{size:,}",
                    f"{one.seconds:.1f}",
                    one.invocations,
                    one.queries,
                    f"{one.read_units:,.0f}",
                    f"{one.write_units:,}",
                    f"{one.dollars:.4f}",
                )
                for size in SIZES
                for one in [found[size, rate]]
            ],
        )
    lines = {
        f"{rate:,} posts a second": [(size, found[size, rate].seconds) for size in SIZES] for rate in RATES
    }
    Path("docs/scaling.svg").write_text(svg(lines, x="subscribers", y="seconds to the last delivery"))


if __name__ == "__main__":
    main()
