"""Fires scheduled rules on the movable clock."""

import asyncio
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from local.clock import MovableClock
from local.cloud import schedule_expression
from local.cloud.bus import Schedule
from local.cloud.ingestion import timestamp
from local.cloud.intrinsics import Account
from local.cloud.targets import Targets


class Schedules:
    def __init__(
        self, schedules: Iterable[Schedule], *, targets: Targets, clock: MovableClock, account: Account
    ) -> None:
        """Raise ScheduleError for an expression that cannot be read."""
        self._schedules = [
            (schedule, schedule_expression.parse(schedule.expression)) for schedule in schedules
        ]
        self._targets = targets
        self._clock = clock
        self._account = account
        self._tasks: list[asyncio.Task[None]] = []
        self.fired: dict[str, int] = {}

    @property
    def alive(self) -> bool:
        return not any(task.done() for task in self._tasks)

    def start(self) -> None:
        for schedule, expression in self._schedules:
            self._tasks.append(asyncio.create_task(self._run(schedule, expression)))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, schedule: Schedule, expression: schedule_expression.Expression) -> None:
        # Counted from here: the clock may be moved while the first firing is under way.
        started_at = self._clock.now()
        if isinstance(expression, schedule_expression.Rate):
            # A new rate rule fires at once: a minute's tick must serve the first client too.
            await self._fire(schedule, started_at)
        due_at = expression.next_after(started_at)
        while True:
            await self._clock.sleep_until(due_at)
            following = expression.next_after(due_at)
            while following <= self._clock.now():
                # A leap over several periods fires once, for the last of them, as after a machine's sleep.
                due_at, following = following, expression.next_after(following)
            await self._fire(schedule, due_at)
            due_at = following

    async def _fire(self, schedule: Schedule, due_at: float) -> None:
        self.fired[schedule.name] = self.fired.get(schedule.name, 0) + 1
        event = self._event(schedule, due_at)
        ingestion_time = timestamp(self._clock.now())
        await asyncio.gather(
            *(
                self._targets.deliver(target, event, ingestion_time=ingestion_time)
                for target in schedule.targets
            )
        )

    def _event(self, schedule: Schedule, due_at: float) -> dict[str, Any]:
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": self._account.account_id,
            "time": datetime.fromtimestamp(due_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self._account.region,
            "resources": [schedule.arn],
            "detail": {},
        }
