"""Carries events from moto's bridge queues to the functions and queues that rules target."""

import asyncio
import json
from typing import Any

from local.clock import MovableClock
from local.cloud.bus import Bridge
from local.cloud.faults import Fault, Faults
from local.cloud.ingestion import INGESTION_TIME
from local.cloud.poller import Poller
from local.cloud.sqs import Sqs
from local.cloud.targets import Targets

CONCURRENCY = 50


class BridgePoller(Poller):
    def __init__(
        self, sqs: Sqs, bridge: Bridge, *, targets: Targets, clock: MovableClock, faults: Faults
    ) -> None:
        super().__init__(sqs, bridge.queue_url, concurrency=CONCURRENCY)
        self._target = bridge.target
        self._targets = targets
        self._clock = clock
        self._faults = faults
        self._late: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        for task in self._late:
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)
        await super().close()

    async def work_on(self, messages: list[dict[str, Any]]) -> None:
        name = self.queue_name
        for message in self._faults.reordered(Fault.BUS_REORDER, name, messages):
            event = json.loads(message["Body"])
            ingestion_time = event.pop(INGESTION_TIME)
            copies = 2 if self._faults.strikes(Fault.BUS_DUPLICATE, name) else 1
            for _ in range(copies):
                delay = self._faults.strikes(Fault.BUS_DELAY, name)
                if delay:
                    self._deliver_late(event, ingestion_time, delay.seconds)
                else:
                    await self._targets.deliver(self._target, event, ingestion_time=ingestion_time)
        await self._sqs.delete(self.queue_url, [message["ReceiptHandle"] for message in messages])

    def _deliver_late(self, event: dict[str, Any], ingestion_time: str, seconds: float) -> None:
        async def later() -> None:
            await self._clock.sleep_until(self._clock.now() + seconds)
            await self._targets.deliver(self._target, event, ingestion_time=ingestion_time)

        task = asyncio.create_task(later())
        self._late.add(task)
        task.add_done_callback(self._late.discard)
