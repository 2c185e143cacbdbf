"""Does one flooding connection delay the others?

    .venv/bin/python -m benchmarks.flood [--seconds 20] [--calm 5] [--rate 200] [--pause 5]

Starts the local system. Calm clients ask one `ping` a second and time the answers: first alone, then while
one connection sends `rate` messages a second until it is closed, and again after a pause, as one that
reconnects. Claim: it is closed within a second, and the calm clients' median grows by less than half.
Everything shares this machine's cores, also DynamoDB and the flood itself: on AWS it is better, not worse.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.e2e.system import Client, System


@dataclass
class Flood:
    sent: int = 0
    refused: int = 0
    closes: int = 0
    until_closed: float = 0.0
    """Seconds from the first message of the last connection to its close."""


async def calm(system: System, seconds: float) -> list[float]:
    """Milliseconds from each ping to its answer."""
    took = []
    async with system.client() as client:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            began = time.monotonic()
            await client.ask(action="ping")
            took.append((time.monotonic() - began) * 1000)
            await asyncio.sleep(max(0.0, 1 - (time.monotonic() - began)))
    return took


async def flood(system: System, seconds: float, rate: int, pause: float, seen: Flood) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        async with connect(system.guide_url, ping_interval=None) as socket:
            began = time.monotonic()
            listening = asyncio.create_task(listen(Client(socket), seen))
            try:
                while time.monotonic() < ends:
                    await socket.send('{"action": "ping"}')
                    seen.sent += 1
                    await asyncio.sleep(1 / rate)
            except ConnectionClosed:
                seen.closes += 1
                seen.until_closed = time.monotonic() - began
            listening.cancel()
        await asyncio.sleep(pause)


async def listen(client: Client, seen: Flood) -> None:
    try:
        async for text in client.socket:
            seen.refused += json.loads(text)["data"].get("code") == "rate_limited"
    except ConnectionClosed:
        pass


def line(name: str, took: list[float]) -> str:
    ordered = sorted(took)
    p95 = ordered[int(len(ordered) * 0.95)]
    return f"{name:<22}{len(took):>8}{statistics.median(took):>10.1f}{p95:>10.1f}{ordered[-1]:>10.1f}"


async def compare(system: System, *, seconds: float, clients: int, rate: int, pause: float) -> None:
    await asyncio.gather(*(calm(system, 3) for _ in range(clients)))  # warm functions
    alone = await asyncio.gather(*(calm(system, seconds) for _ in range(clients)))
    seen = Flood()
    *beside, _ = await asyncio.gather(
        *(calm(system, seconds) for _ in range(clients)), flood(system, seconds, rate, pause, seen)
    )
    before = [*chain.from_iterable(alone)]
    after = [*chain.from_iterable(one for one in beside if one is not None)]
    print(f"{'calm clients (ms)':<22}{'pings':>8}{'p50':>10}{'p95':>10}{'max':>10}")
    print(line("alone", before))
    print(line("beside a flood", after))
    ratio = statistics.median(after) / statistics.median(before)
    print(f"ratio of the medians: {ratio:.2f}")
    print(f"flood: {seen.sent} sent, {seen.refused} refused, closed {seen.closes} times,")
    print(f"       the last time {seen.until_closed:.2f} s after its first message")
    assert seen.closes, "the flooding connection was not closed"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--calm", type=int, default=5)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--pause", type=float, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        system = System.start(Path(folder))
        try:
            asyncio.run(
                compare(
                    system,
                    seconds=given.seconds,
                    clients=given.calm,
                    rate=given.rate,
                    pause=given.pause,
                )
            )
        finally:
            system.stop()


if __name__ == "__main__":
    main()
