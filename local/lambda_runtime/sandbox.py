"""One warm sandbox: a process that runs one invocation at a time, and the Runtime API it talks to."""

import asyncio
import contextlib
import secrets
import signal
import time
from typing import Protocol, Self

from local.gateway.invoker import Invocation
from local.lambda_runtime import failures
from local.lambda_runtime.commands import command_of
from local.lambda_runtime.environment import environment_of
from local.lambda_runtime.function import Function, RuntimeSettings
from local.lambda_runtime.runtime_api import Delivery, RuntimeApi

MAX_LOG_LINE_BYTES = 1_048_576


class LogSink(Protocol):
    def line(self, function: str, text: str) -> None:
        """A line the function's process has written."""
        ...

    def platform(self, function: str, text: str) -> None:
        """What Lambda, not the function, has to say: a timeout, an exit."""
        ...


class Sandbox:
    def __init__(
        self, function: Function, api: RuntimeApi, process: asyncio.subprocess.Process, logs: LogSink
    ) -> None:
        self.function = function
        self.api = api
        self.last_used = time.monotonic()
        self._process = process
        self._logs = logs
        self._delivery: Delivery | None = None
        self._is_frozen = False
        self._watch = asyncio.create_task(self._until_exit())

    @classmethod
    async def start(cls, function: Function, settings: RuntimeSettings, logs: LogSink) -> Self:
        api = RuntimeApi()
        address = await api.start()
        log_stream = f"{time.strftime('%Y/%m/%d')}/[{function.version}]{secrets.token_hex(16)}"
        process = await asyncio.create_subprocess_exec(
            *command_of(function, settings),
            env=environment_of(function, settings, runtime_api=address, log_stream=log_stream),
            cwd=function.code_root,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=MAX_LOG_LINE_BYTES,
            # Ctrl-C in the terminal is for the local system, which then stops its sandboxes in order.
            start_new_session=True,
        )
        return cls(function, api, process, logs)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def init_failure(self, timeout_seconds: float) -> Invocation | None:
        """Wait until the function is ready; what Lambda answers when it will never be."""
        try:
            async with asyncio.timeout(timeout_seconds):
                return await asyncio.shield(self.api.initialised)
        except TimeoutError:
            await self.stop()
            return failures.timed_out("INIT", timeout_seconds, time.time())

    async def invoke(self, delivery: Delivery, now: float) -> Invocation:
        self._delivery = delivery
        if self._is_frozen:
            self._is_frozen = False
            self._signal(signal.SIGCONT)
        self.api.deliver(delivery)
        limit = self.function.timeout_seconds
        try:
            async with asyncio.timeout(limit):
                return await delivery.answer
        except TimeoutError:
            self._logs.platform(self.function.name, f"Task timed out after {limit:.2f} seconds; killed")
            self.kill()
            return failures.timed_out(delivery.request_id, limit, now)
        finally:
            self._delivery = None
            self.last_used = time.monotonic()

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def freeze(self) -> None:
        """Stand still until the next invocation, as on Lambda: work that was not awaited does not go on."""
        self._is_frozen = True
        self._signal(signal.SIGSTOP)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def stop(self) -> None:
        self.kill()
        await self._watch

    async def _until_exit(self) -> None:
        try:
            await self._forward_logs()
            return_code = await self._process.wait()
            ended = failures.exited(self._delivery.request_id if self._delivery else "", return_code)
            if self._delivery is not None and not self._delivery.answer.done():
                self._logs.platform(self.function.name, f"Runtime exited ({return_code}) in an invocation")
                self._delivery.settle(ended)
            if not self.api.initialised.done():
                self.api.initialised.set_result(ended)
        finally:
            self.api.close()

    async def _forward_logs(self) -> None:
        stream = self._process.stdout
        assert stream is not None  # noqa: S101 - asked for with PIPE
        while True:
            try:
                line = await stream.readline()
            except ValueError:
                self._logs.platform(self.function.name, "a log line of more than 1 MB was dropped")
                continue
            if not line:
                return
            self._logs.line(self.function.name, line.decode(errors="replace").rstrip())
