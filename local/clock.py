"""The one clock of the local system: real time plus an offset that a test or a developer may move forward."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    async def sleep_until(self, when: float) -> None:
        """Return when now() >= when, also when the clock is moved forward meanwhile."""
        ...


class MovableClock:
    """Real time plus an offset; `advance` moves it forward and wakes the sleepers that are then due."""

    def __init__(self, *, offset_seconds: float = 0.0, real: Callable[[], float] = time.time) -> None:
        self._real = real
        self._offset_seconds = offset_seconds
        self._moved = asyncio.Event()
        self._deadlines: list[float] = []

    @property
    def offset_seconds(self) -> float:
        return self._offset_seconds

    def now(self) -> float:
        return self._real() + self._offset_seconds

    def advance(self, seconds: float) -> None:
        self.shift(seconds)
        self.wake()

    def shift(self, seconds: float) -> None:
        """Move it and let the sleepers sleep on: for who must move other clocks before anybody acts."""
        if seconds < 0:
            raise ValueError("the clock only moves forward: programs rely on it")
        self._offset_seconds += seconds

    def wake(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def next_deadline(self) -> float | None:
        """When the first sleeper wakes: where a large step must stop so that things happen in their order."""
        return min(self._deadlines, default=None)

    async def sleep_until(self, when: float) -> None:
        self._deadlines.append(when)
        try:
            while (remaining := when - self.now()) > 0:
                moved = self._moved
                try:
                    async with asyncio.timeout(remaining):
                        await moved.wait()
                except TimeoutError:
                    continue
        finally:
            self._deadlines.remove(when)
