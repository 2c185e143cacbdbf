"""What the process hop of an invocation costs: a function that returns its event, one caller, warm.

.venv/bin/python -m benchmarks.local_run.hop [invocations]
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from local.clock import MovableClock
from local.lambda_runtime.function import Function
from local.lambda_runtime.runtime import LambdaRuntime

GOAL_MS = 1.5


class Silent:
    def line(self, function: str, text: str) -> None: ...

    def platform(self, function: str, text: str) -> None: ...


async def measure(count: int) -> tuple[float, list[float]]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "toy.py").write_text("def handler(event, context):\n    return event\n")
        function = Function(name="toy", arn="toy", handler="toy.handler", code_root=Path(folder))
        runtime = LambdaRuntime([function], clock=MovableClock(), logs=Silent())
        started = time.perf_counter()
        await runtime.invoke("toy", {"n": -1})
        cold_ms = (time.perf_counter() - started) * 1000
        taken_ms = []
        for number in range(count):
            started = time.perf_counter()
            await runtime.invoke("toy", {"n": number})
            taken_ms.append((time.perf_counter() - started) * 1000)
        await runtime.close()
    return cold_ms, sorted(taken_ms)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000
    cold_ms, taken_ms = asyncio.run(measure(count))
    p50, p99 = taken_ms[count // 2], taken_ms[count * 99 // 100]
    print(f"first invocation, process start included  {cold_ms:7.1f} ms")
    print(f"warm invocation, median of {count:<6}          {p50:7.2f} ms   ({p50 / GOAL_MS:.2f} of the goal)")
    print(f"warm invocation, 99th percentile           {p99:7.2f} ms")


if __name__ == "__main__":
    main()
