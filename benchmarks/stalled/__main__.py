"""Do readers that stall delay the others?

    .venv/bin/python -m benchmarks.stalled [--rounds 2] [--events 180] [--rate 3] [--clients 21] [--stalled 3]

Starts the local system. Clients hear events of 60 KB, `rate` a second. In every other round some of the
clients do not read: their sockets fill up, and posts to them are answered with 429. The others are the same
connections in all rounds. A round takes a minute, so each has one tick and the same pings. Goal: their median
and their 99th percentile with stalled readers are at most twice what they are without.
"""

import argparse
import asyncio
import contextlib
import json
import socket
import statistics
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from ops.rows import event_of
from ops.stage import Stage
from tests.e2e.system import System

GOAL = 2.0
EVENT_BYTES = 60_000
QUERY = "?channels=system"
# A small buffer of the client's, so that its stalling shows at the gateway after a few events.
RECEIVE_BUFFER_BYTES = 8 * 1024
# The kernel's buffers and the gateway's hold about 60 events for each client that does not read.
FILLING_EVENTS, FILLING_AT_ONCE, FILLING_PER_SECOND = 60, 6, 10
# Put at the round's own rate. At a higher one, their later tries would fall into the round in a wave.
WARMING_EVENTS = 45
# What is left for clients that are gone ends at its next try.
SETTLING_SECONDS = 16.0
# So long after the last event of a round what is late may still come.
GRACE_SECONDS = 60.0


@dataclass
class Round:
    expected: int
    """Deliveries to the others."""
    put_at: dict[str, float] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)
    """Seconds from each event to each of the others."""
    throttled: int = 0
    """Events of which a post was answered with 429."""
    complete: asyncio.Event = field(default_factory=asyncio.Event)

    def arrived(self, event_id: str) -> None:
        now = time.perf_counter()
        if event_id in self.put_at:
            self.took.append(now - self.put_at[event_id])
        if len(self.took) >= self.expected:
            self.complete.set()


async def listen(client: ClientConnection, rounds: list[Round]) -> None:
    """Counts for the last of the rounds."""
    with contextlib.suppress(ConnectionClosed):
        async for text in client:
            rounds[-1].arrived(json.loads(text).get("id", ""))


@contextlib.asynccontextmanager
async def reader(system: System) -> AsyncIterator[ClientConnection]:
    async with connect(system.guide_url + QUERY, ping_interval=None, compression=None) as client:
        await client.recv()
        yield client


@contextlib.asynccontextmanager
async def staller(system: System) -> AsyncIterator[ClientConnection]:
    """Reads its welcome and nothing more."""
    address = urlsplit(system.guide_url)
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    own.setblocking(False)
    await asyncio.get_running_loop().sock_connect(own, (address.hostname, address.port))
    client = await connect(
        system.guide_url + QUERY, sock=own, ping_interval=None, compression=None, max_queue=1
    )
    await client.recv()
    try:
        yield client
    finally:
        client.transport.abort()


async def put(system: System, event_id: str) -> None:
    text = "x" * EVENT_BYTES
    notice = {"message": text, "severity": "info", "action_required": False}
    await system.put("system.notification", notice, id=event_id)


async def live_through(
    system: System, seen: Round, *, stalled: int, reading: int, events: int, rate: float
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(stalled):
            await stack.enter_async_context(staller(system))
        for _ in range(reading):
            client = await stack.enter_async_context(reader(system))
            task = asyncio.create_task(listen(client, [Round(0)]))
            stack.callback(task.cancel)
        await fill(system)
        began = time.perf_counter()
        for number in range(-WARMING_EVENTS, events):
            await asyncio.sleep(max(0.0, began + (number + WARMING_EVENTS) / rate - time.perf_counter()))
            event_id = f"stalled-{uuid.uuid4().hex}"
            if number >= 0:
                seen.put_at[event_id] = time.perf_counter()
            await put(system, event_id)
        async with asyncio.timeout(GRACE_SECONDS):
            await seen.complete.wait()
    await asyncio.sleep(SETTLING_SECONDS)
    seen.throttled = await asyncio.to_thread(lambda: sum(throttled(system, one) for one in seen.put_at))


async def fill(system: System) -> None:
    """Not counted: fills the buffers of those that do not read, and starts the sandboxes."""
    for _ in range(FILLING_EVENTS // FILLING_AT_ONCE):
        await asyncio.gather(*(put(system, f"fill-{uuid.uuid4().hex}") for _ in range(FILLING_AT_ONCE)))
        await asyncio.sleep(FILLING_AT_ONCE / FILLING_PER_SECOND)


def throttled(system: System, event_id: str) -> bool:
    """Whether a post of the event was answered with 429."""
    row = event_of(Stage("local", endpoint=system.aws), event_id)
    return row is not None and row.costs["posts_throttled"] > 0


async def compare(system: System, given: argparse.Namespace) -> dict[str, list[Round]]:
    found: dict[str, list[Round]] = {"all read": [], "some do not read": []}
    others = given.clients - given.stalled
    async with contextlib.AsyncExitStack() as stack:
        rounds = [Round(0)]
        for _ in range(others):
            client = await stack.enter_async_context(reader(system))
            task = asyncio.create_task(listen(client, rounds))
            stack.callback(task.cancel)
        for number in range(2 * given.rounds):
            name = [*found][number % 2]
            stalled = given.stalled if number % 2 else 0
            rounds.append(Round(given.events * others))
            await live_through(
                system,
                rounds[-1],
                stalled=stalled,
                reading=given.stalled - stalled,
                events=given.events,
                rate=given.rate,
            )
            found[name].append(rounds[-1])
    return found


def report(found: dict[str, list[Round]]) -> bool:
    figures = {}
    print(f"{'the others (ms)':<18}{'deliveries':>11}{'p50':>9}{'p99':>9}{'max':>9}{'events with a 429':>19}")
    for name, rounds in found.items():
        took = sorted(1000 * one for seen in rounds for one in seen.took)
        figures[name] = statistics.median(took), took[int(len(took) * 0.99)]
        p50, p99 = figures[name]
        throttled_events = sum(seen.throttled for seen in rounds)
        events = sum(len(seen.put_at) for seen in rounds)
        counted = f"{throttled_events} of {events}"
        print(f"{name:<18}{len(took):>11}{p50:>9.1f}{p99:>9.1f}{took[-1]:>9.1f}{counted:>19}")
    with_, without = figures["some do not read"], figures["all read"]
    ratios = [one / other for one, other in zip(with_, without, strict=True)]
    print(f"ratio: p50 {ratios[0]:.2f}, p99 {ratios[1]:.2f} (goal at most {GOAL:.0f})")
    return max(ratios) <= GOAL


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--events", type=int, default=180)
    parser.add_argument("--rate", type=float, default=3)
    parser.add_argument("--clients", type=int, default=21)
    parser.add_argument("--stalled", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        system = System.start(Path(folder))
        try:
            found = asyncio.run(compare(system, given))
        finally:
            system.stop()
    assert any(seen.throttled for seen in found["some do not read"]), "nobody stalled: nothing was compared"
    if not report(found):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
