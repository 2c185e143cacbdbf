"""A clock that moves only when the test moves it."""

from __future__ import annotations

import asyncio

START = 1_731_332_735.513


class SteppedClock:
    def __init__(self, now: float = START) -> None:
        self._now = now
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds
        for when, sleeper in self._sleepers:
            if when <= self._now and not sleeper.done():
                sleeper.set_result(None)

    async def sleep_until(self, when: float) -> None:
        if when <= self._now:
            return
        sleeper = asyncio.get_running_loop().create_future()
        self._sleepers.append((when, sleeper))
        try:
            await sleeper
        finally:
            self._sleepers.remove((when, sleeper))
