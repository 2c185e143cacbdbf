"""How long a developer waits: from the start to the first welcome, from an event put to its arrival.

    .venv/bin/python -m benchmarks.local_run.start [events]

The template must be in the synth cache: run it twice for the warm figure.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.e2e.system import System

GOAL_SECONDS = 5.0
NOTICE = {"message": "hello", "severity": "info", "action_required": False}


async def deliveries(system: System, count: int) -> list[float]:
    taken_ms = []
    async with system.client("channels=system") as client:
        for _ in range(count):
            started = time.perf_counter()
            await system.put("system.notification", NOTICE)
            await client.next_of("system.notification")
            taken_ms.append((time.perf_counter() - started) * 1000)
    return sorted(taken_ms)


async def first_welcome(system: System) -> None:
    async with system.client("channels=jobs"):
        pass


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        system = System.start(Path(folder))
        asyncio.run(first_welcome(system))
        seconds = time.perf_counter() - started
        taken_ms = asyncio.run(deliveries(system, count))
        system.stop()
    print(
        f"start to first welcome              {seconds:7.2f} s    ({seconds / GOAL_SECONDS:.2f} of the goal)"
    )
    print(f"put_events to client, median        {taken_ms[count // 2]:7.1f} ms")
    print(f"put_events to client, 95th percent. {taken_ms[count * 95 // 100]:7.1f} ms")


if __name__ == "__main__":
    main()
