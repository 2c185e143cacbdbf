"""Empties one queue: receives in batches and works on several at once, up to a bound."""

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import Any

import aiohttp

from local.clock import Clock
from local.cloud.sqs import Sqs, SqsError

logger = logging.getLogger(__name__)

PAUSE_AFTER_ERROR_SECONDS = 0.2


class Poller(ABC):
    """A queue is at rest when nothing is visible in it and its poller is not `busy` with a batch."""

    def __init__(self, sqs: Sqs, queue_url: str, *, concurrency: int, batch_size: int = 10) -> None:
        self.queue_url = queue_url
        self._sqs = sqs
        self._batch_size = batch_size
        self._free = asyncio.Semaphore(concurrency)
        self._work: set[asyncio.Task[None]] = set()
        self._receiving: asyncio.Task[None] | None = None
        self.resting = False
        """It waits on the clock, and what is visible in its queue waits with it."""

    @property
    def queue_name(self) -> str:
        return self.queue_url.rpartition("/")[2]

    @property
    def busy(self) -> int:
        return 0 if self.resting else len(self._work)

    @property
    def alive(self) -> bool:
        return self._receiving is not None and not self._receiving.done()

    def start(self) -> None:
        self._receiving = asyncio.create_task(self._receive())

    async def close(self) -> None:
        tasks = [*self._work, *([self._receiving] if self._receiving else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def rest_until(self, clock: Clock, moment: float) -> None:
        """For a poller of one batch at a time: wait before the next try of the batch."""
        self.resting = True
        try:
            await clock.sleep_until(moment)
        finally:
            self.resting = False

    @abstractmethod
    async def work_on(self, messages: list[dict[str, Any]]) -> None:
        """Carry the batch out, and delete from the queue what is done with."""

    async def more(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Wait for a fuller batch, where that is wanted."""
        return messages

    async def _receive(self) -> None:
        while True:
            await self._free.acquire()
            try:
                messages = await self._sqs.receive(self.queue_url, up_to=self._batch_size)
                messages = await self.more(messages) if messages else messages
            except (SqsError, aiohttp.ClientError, TimeoutError) as exc:
                logger.warning("cannot receive from %s: %s", self.queue_name, exc)
                messages = []
                await asyncio.sleep(PAUSE_AFTER_ERROR_SECONDS)
            except BaseException:
                self._free.release()
                raise
            if not messages:
                self._free.release()
                continue
            task = asyncio.create_task(self.work_on(messages))
            self._work.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._work.discard(task)
        self._free.release()
        if not task.cancelled() and (failure := task.exception()) is not None:
            logger.error("a batch of %s failed", self.queue_name, exc_info=failure)
