"""Moves the time of the whole system forward: gateway, schedules, queues and functions alike."""

import asyncio

from local.clock import MovableClock
from local.cloud.cloud import Cloud

# A message is visible strictly after its moment.
JUST_AFTER_SECONDS = 0.002
# What is due this close together is carried out together.
TOGETHER_SECONDS = 0.5


class TimeTravel:
    def __init__(self, clock: MovableClock, cloud: Cloud) -> None:
        self._clock = clock
        self._cloud = cloud
        self._one_at_a_time = asyncio.Lock()

    async def advance(self, seconds: float, *, step_seconds: float | None = None) -> None:
        """Step from one thing that is due to the next, each carried out before the clock moves on.

        With `step_seconds` it strides from multiple to multiple of that instead, which is faster: a schedule
        that was due several times within a stride fires once, as after a machine's sleep.
        """
        async with self._one_at_a_time:
            target = self._clock.now() + seconds
            await self._cloud.settle()
            while (now := self._clock.now()) < target:
                if step_seconds is None:
                    following = await self._next_due(now)
                else:
                    following = (now // step_seconds + 1) * step_seconds + JUST_AFTER_SECONDS
                await self._move_to(min(following, target))
                await self._cloud.settle()

    async def _next_due(self, now: float) -> float:
        due = [self._clock.next_deadline(), await self._cloud.next_visible_at()]
        later = [moment for moment in due if moment is not None and moment > now]
        return min(later, default=float("inf")) + TOGETHER_SECONDS

    async def _move_to(self, moment: float) -> None:
        self._clock.shift(max(0.0, moment - self._clock.now()))
        # moto's time first: what wakes up then must not find yesterday's queues.
        await self._cloud.aws.move_clock(self._clock.offset_seconds)
        self._clock.wake()
