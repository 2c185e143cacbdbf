"""Lambda as the local system sees it: invoke by name, ARN or alias and get what Lambda would answer."""

import asyncio
import json
import os
import secrets
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from local.clock import MovableClock
from local.gateway.invoker import Invocation, InvocationRefused
from local.lambda_runtime.function import Function, RuntimeSettings
from local.lambda_runtime.pool import InitFailed, Pool
from local.lambda_runtime.runtime_api import CLOCK_HEADER, Delivery
from local.lambda_runtime.sandbox import LogSink, Sandbox

RETIRE_EVERY_SECONDS = 15.0


class Faults(Protocol):
    def kill_after_seconds(self, function: str) -> float | None:
        """Into which moment of this invocation the process is to be killed, if at all."""
        ...

    def freezes(self, function: str) -> bool:
        """Whether the process stands still after this invocation, until the next."""
        ...


class NoFaults:
    def kill_after_seconds(self, function: str) -> float | None:  # noqa: ARG002 - the port's signature
        return None

    def freezes(self, function: str) -> bool:  # noqa: ARG002 - the port's signature
        return False


class LambdaRuntime:
    """Implements the gateway's Invoker; what else invokes (queues, rules, schedules) uses it too."""

    def __init__(
        self,
        functions: Iterable[Function],
        *,
        clock: MovableClock,
        logs: LogSink,
        settings: RuntimeSettings | None = None,
        faults: Faults | None = None,
    ) -> None:
        self._settings = settings or RuntimeSettings()
        self._clock = clock
        self._logs = logs
        self._faults = faults or NoFaults()
        self._functions = {function.name: function for function in functions}
        self._pools = {name: self._pool_of(function) for name, function in self._functions.items()}
        self._in_progress = dict.fromkeys(self._functions, 0)
        self._running: set[asyncio.Task[Invocation]] = set()
        self._background: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._background = [
            asyncio.create_task(self._prewarm()),
            asyncio.create_task(self._retire_idle()),
        ]

    async def close(self) -> None:
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))
        await asyncio.gather(*self._running, return_exceptions=True)

    def reload(self) -> None:
        for pool in self._pools.values():
            pool.reload()

    @property
    def in_progress(self) -> int:
        return sum(self._in_progress.values())

    def state(self) -> dict[str, dict[str, int | str | None]]:
        return {name: pool.state() for name, pool in self._pools.items()}

    def function_of(self, reference: str) -> Function:
        """Raises InvocationRefused for a function that does not exist."""
        name = reference.partition(":function:")[2] if reference.startswith("arn:") else reference
        function = self._functions.get(name.partition(":")[0])
        if function is None:
            raise InvocationRefused(f"ResourceNotFoundException: Function not found: {reference}")
        return function

    async def invoke(self, function: str, event: Mapping[str, Any]) -> Invocation:
        return await self.invoke_json(function, json.dumps(event))

    async def invoke_json(self, reference: str, payload: str, *, request_id: str | None = None) -> Invocation:
        """Run it and wait. Whoever stops waiting does not stop the function."""
        function = self.function_of(reference)
        limit = function.reserved_concurrency
        limit = self._settings.concurrency if limit is None else limit
        if self._in_progress[function.name] >= limit:
            raise InvocationRefused(f"TooManyRequestsException: Rate Exceeded. ({function.name})")
        self._in_progress[function.name] += 1
        run = self._run(function, reference, payload, request_id or str(uuid.uuid4()))
        task = asyncio.create_task(run)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _run(self, function: Function, reference: str, payload: str, request_id: str) -> Invocation:
        pool = self._pools[function.name]
        try:
            sandbox = await pool.acquire()
            try:
                delivery = Delivery(
                    request_id=request_id,
                    payload=payload.encode(),
                    headers=self._headers(function, reference, request_id),
                )
                self._plan_kill(sandbox, delivery)
                answer = await sandbox.invoke(delivery, self._clock.now())
                if self._faults.freezes(function.name):
                    sandbox.freeze()
                return answer
            finally:
                pool.release(sandbox)
        except InitFailed as failed:
            return failed.answer
        finally:
            self._in_progress[function.name] -= 1

    def _headers(self, function: Function, reference: str, request_id: str) -> dict[str, str]:
        now = self._clock.now()
        arn = reference if reference.startswith("arn:") else function.arn
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((now + function.timeout_seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": arn,
            # Not sampled: there is no X-Ray daemon to send segments to.
            "Lambda-Runtime-Trace-Id": f"Root=1-{int(now):08x}-{secrets.token_hex(12)};"
            f"Parent={secrets.token_hex(8)};Sampled=0",
        }
        if self._clock.offset_seconds:
            headers[CLOCK_HEADER] = repr(self._clock.offset_seconds)
        return headers

    def _plan_kill(self, sandbox: Sandbox, delivery: Delivery) -> None:
        def kill() -> None:
            if not delivery.answer.done():
                sandbox.kill()

        seconds = self._faults.kill_after_seconds(sandbox.function.name)
        if seconds is not None:
            asyncio.get_running_loop().call_later(seconds, kill)

    def _pool_of(self, function: Function) -> Pool:
        async def launch() -> Sandbox:
            return await Sandbox.start(function, self._settings, self._logs)

        return Pool(launch, self._settings)

    async def _prewarm(self) -> None:
        # All at once they would make the first of them late, and with it the first client.
        at_once = asyncio.Semaphore(os.cpu_count() or 1)

        async def prewarm(pool: Pool) -> None:
            async with at_once:
                await pool.prewarm()

        await asyncio.gather(*(prewarm(pool) for pool in self._pools.values()))

    async def _retire_idle(self) -> None:
        while True:
            await asyncio.sleep(RETIRE_EVERY_SECONDS)
            for pool in self._pools.values():
                pool.retire_idle()
