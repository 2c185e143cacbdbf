"""The sandboxes of one function: reused while warm, more under load, replaced when code changes."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from local.gateway.invoker import Invocation
from local.lambda_runtime.function import RuntimeSettings
from local.lambda_runtime.sandbox import Sandbox

Launch = Callable[[], Awaitable[Sandbox]]


class InitFailed(Exception):
    def __init__(self, answer: Invocation) -> None:
        super().__init__(answer.payload)
        self.answer = answer


class Pool:
    def __init__(self, launch: Launch, settings: RuntimeSettings) -> None:
        self.failure: str | None = None
        """Why the function could not be started the last time, as Lambda's error object."""
        self._launch = launch
        self._settings = settings
        self._idle: list[Sandbox] = []
        self._busy: set[Sandbox] = set()
        self._stale: set[Sandbox] = set()
        self._waiting: deque[asyncio.Future[Sandbox]] = deque()
        self._starting: set[asyncio.Task[None]] = set()
        self._stopping: set[asyncio.Task[None]] = set()
        self._no_scale_up_before = 0.0

    @property
    def size(self) -> int:
        return len(self._idle) + len(self._busy) + len(self._starting)

    def state(self) -> dict[str, int | str | None]:
        return {
            "warm": len(self._idle),
            "busy": len(self._busy),
            "starting": len(self._starting),
            "waiting": len(self._waiting),
            "failure": self.failure,
        }

    async def prewarm(self) -> None:
        """Have one sandbox ready, unless somebody has already asked for one."""
        if self.size == 0:
            await asyncio.wait([self._start_one()])

    async def acquire(self) -> Sandbox:
        """A sandbox that is ready. Raises InitFailed when the function cannot be started."""
        while self._idle:
            sandbox = self._idle.pop()
            if sandbox.alive:
                self._busy.add(sandbox)
                return sandbox
        waiting: asyncio.Future[Sandbox] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        self._start_if_needed()
        try:
            while not waiting.done():
                await asyncio.wait([waiting], timeout=self._settings.scale_up_after_seconds)
                if not waiting.done() and self._waiting and waiting is self._waiting[0]:
                    self._start_under_load()
            return waiting.result()
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled() and waiting.exception() is None:
                self.release(waiting.result())
            elif waiting in self._waiting:
                self._waiting.remove(waiting)
            raise

    def release(self, sandbox: Sandbox) -> None:
        self._busy.discard(sandbox)
        if sandbox in self._stale or not sandbox.alive:
            self._stale.discard(sandbox)
            self._retire(sandbox)
            self._start_if_needed()
        else:
            self._hand_over(sandbox)

    def reload(self) -> None:
        """Have the next invocations run the code as it is now; running ones finish on the old."""
        for task in self._starting:
            task.cancel()
        self._stale |= self._busy
        for sandbox in self._idle:
            self._retire(sandbox)
        self._idle.clear()
        self._start_one()

    def retire_idle(self) -> None:
        oldest_kept = time.monotonic() - self._settings.idle_seconds
        for sandbox in self._idle[:-1]:
            if sandbox.last_used < oldest_kept:
                self._idle.remove(sandbox)
                self._retire(sandbox)

    async def close(self) -> None:
        for task in self._starting:
            task.cancel()
        everything = [*self._idle, *self._busy]
        self._idle.clear()
        await asyncio.gather(*(sandbox.stop() for sandbox in everything))
        await asyncio.gather(*self._starting, *self._stopping, return_exceptions=True)
        for waiting in self._waiting:
            waiting.cancel()

    def _hand_over(self, sandbox: Sandbox) -> None:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                self._busy.add(sandbox)
                waiting.set_result(sandbox)
                return
        self._idle.append(sandbox)

    def _start_if_needed(self) -> None:
        if self._waiting and self.size == 0:
            self._start_one()

    def _start_under_load(self) -> None:
        # One at a time: a start costs a second of CPU, which the warm ones need to work the queue off.
        resting = asyncio.get_running_loop().time() < self._no_scale_up_before
        if not self._starting and not resting and self.size < self._settings.max_sandboxes:
            self._start_one()

    def _start_one(self) -> asyncio.Task[None]:
        task = asyncio.create_task(self._start())
        self._starting.add(task)
        task.add_done_callback(self._started)
        return task

    def _started(self, task: asyncio.Task[None]) -> None:
        self._starting.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            if self._busy - self._stale:
                # Those that run serve whoever waits; a start that failed is not tried again at once.
                pause_seconds = self._settings.scale_up_pause_seconds
                self._no_scale_up_before = asyncio.get_running_loop().time() + pause_seconds
            else:
                self._refuse_first(failure)
        self._start_if_needed()

    def _refuse_first(self, failure: BaseException) -> None:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_exception(failure)
                return

    async def _start(self) -> None:
        sandbox = await self._launch()
        try:
            failure = await sandbox.init_failure(self._settings.init_timeout_seconds)
        except asyncio.CancelledError:
            self._retire(sandbox)
            raise
        if failure is not None:
            self._retire(sandbox)
            self.failure = failure.payload
            raise InitFailed(failure)
        self.failure = None
        self._hand_over(sandbox)

    def _retire(self, sandbox: Sandbox) -> None:
        task = asyncio.create_task(sandbox.stop())
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)
