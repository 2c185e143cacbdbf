"""Moves the time of the whole system forward: gateway, schedules, queues and functions alike."""

import asyncio

from local.clock import MovableClock
from local.cloud.cloud import Cloud

# A message is visible strictly after its moment.
JUST_AFTER_SECONDS = 0.002


class TimeTravel:
    def __init__(self, clock: MovableClock, cloud: Cloud) -> None:
        self._clock = clock
        self._cloud = cloud
        self._one_at_a_time = asyncio.Lock()

    async def advance(self, seconds: float, *, jump: bool = False) -> None:
        """Step from one thing that is due to the next, each carried out before the clock moves on.

        With `jump` the clock moves at once, as for a machine that slept: schedules fire once, late.
        """
        async with self._one_at_a_time:
            target = self._clock.now() + seconds
            if jump:
                await self._move_to(target)
                await self._cloud.settle()
                return
            await self._cloud.settle()
            while (now := self._clock.now()) < target:
                due = [self._clock.next_deadline(), await self._cloud.next_visible_at()]
                later = [moment for moment in due if moment is not None and moment > now]
                await self._move_to(min([*(moment + JUST_AFTER_SECONDS for moment in later), target]))
                await self._cloud.settle()

    async def _move_to(self, moment: float) -> None:
        step = max(0.0, moment - self._clock.now())
        # moto's time first: what wakes up then must not find yesterday's queues.
        self._clock.shift(step)
        await self._cloud.aws.move_clock(self._clock.offset_seconds)
        self._clock.wake()
