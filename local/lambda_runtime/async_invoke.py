"""Lambda's Event invocations: queued, tried again, in the end told to a destination or a DLQ.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import asyncio
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from local.clock import MovableClock
from local.gateway.invoker import Invocation, InvocationRefused
from local.lambda_runtime.runtime import LambdaRuntime

RETRY_AFTER_SECONDS = (60.0, 120.0)
THROTTLED_AFTER_SECONDS = (1.0, 300.0)


@dataclass(frozen=True, slots=True)
class AsyncConfig:
    max_retries: int = 2
    max_age_seconds: float = 21_600.0
    on_success: str | None = None
    on_failure: str | None = None
    dead_letter: str | None = None


class Destinations(Protocol):
    async def send(self, arn: str, body: str, attributes: Mapping[str, str]) -> None:
        """Give a record to the queue, function or bus with this ARN."""
        ...


@dataclass(slots=True)
class _Event:
    reference: str
    payload: str
    request_id: str
    accepted_at: float
    attempts: int = 0


class AsyncInvoker:
    def __init__(
        self,
        runtime: LambdaRuntime,
        *,
        clock: MovableClock,
        configs: Mapping[str, AsyncConfig],
        destinations: Destinations,
    ) -> None:
        self._runtime = runtime
        self._clock = clock
        self._configs = configs
        self._destinations = destinations
        self._tasks: set[asyncio.Task[None]] = set()
        self._resting = 0

    @property
    def in_progress(self) -> int:
        """Events being run now; those that wait for their next try are not."""
        return len(self._tasks) - self._resting

    @property
    def resting(self) -> int:
        return self._resting

    def submit(self, reference: str, payload: str) -> str:
        """Accept an event (202); returns its request id. Raises InvocationRefused for an unknown function."""
        self._runtime.function_of(reference)
        event = _Event(reference, payload, str(uuid.uuid4()), self._clock.now())
        task = asyncio.create_task(self._carry_out(event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return event.request_id

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry_out(self, event: _Event) -> None:
        config = self._config(event.reference)
        condition, answer = await self._until_settled(event, config)
        if condition == "Success":
            if config.on_success:
                await self._tell(config.on_success, event, condition, answer)
            return
        if config.on_failure:
            await self._tell(config.on_failure, event, condition, answer)
        if config.dead_letter:
            error = json.loads(answer.payload) if answer else {}
            attributes = {
                "RequestID": event.request_id,
                "ErrorCode": "200" if answer else "429",
                "ErrorMessage": str(error.get("errorMessage", "Rate Exceeded."))[:1024],
            }
            await self._destinations.send(config.dead_letter, event.payload, attributes)

    async def _until_settled(self, event: _Event, config: AsyncConfig) -> tuple[str, Invocation | None]:
        answer: Invocation | None = None
        throttled = 0
        expires_at = event.accepted_at + config.max_age_seconds
        while True:
            try:
                event.attempts += 1
                answer = await self._runtime.invoke_json(
                    event.reference, event.payload, request_id=event.request_id
                )
            except InvocationRefused:
                event.attempts -= 1
                first, longest = THROTTLED_AFTER_SECONDS
                pause_seconds = min(first * 2**throttled, longest)
                throttled += 1
            else:
                if answer.error is None:
                    return "Success", answer
                if event.attempts > config.max_retries:
                    return "RetriesExhausted", answer
                pause_seconds = RETRY_AFTER_SECONDS[min(event.attempts, len(RETRY_AFTER_SECONDS)) - 1]
            if self._clock.now() + pause_seconds > expires_at:
                return "EventAgeExceeded", answer
            await self._rest(pause_seconds)

    async def _rest(self, seconds: float) -> None:
        self._resting += 1
        try:
            await self._clock.sleep_until(self._clock.now() + seconds)
        finally:
            self._resting -= 1

    def _config(self, reference: str) -> AsyncConfig:
        function = self._runtime.function_of(reference)
        name = reference.partition(":function:")[2] if reference.startswith("arn:") else reference
        qualifier = name.partition(":")[2] or "$LATEST"
        return self._configs.get(f"{function.name}:{qualifier}", AsyncConfig())

    async def _tell(self, destination: str, event: _Event, condition: str, answer: Invocation | None) -> None:
        function = self._runtime.function_of(event.reference)
        moment = datetime.fromtimestamp(self._clock.now(), UTC).isoformat(timespec="milliseconds")
        record: dict[str, Any] = {
            "version": "1.0",
            "timestamp": moment.replace("+00:00", "Z"),
            "requestContext": {
                "requestId": event.request_id,
                "functionArn": event.reference if event.reference.startswith("arn:") else function.arn,
                "condition": condition,
                "approximateInvokeCount": event.attempts,
            },
            "requestPayload": json.loads(event.payload),
        }
        if answer is not None:
            context = {"statusCode": 200, "executedVersion": function.version}
            if answer.error is not None:
                context["functionError"] = answer.error
            record |= {"responseContext": context, "responsePayload": json.loads(answer.payload)}
        await self._destinations.send(destination, json.dumps(record), {})
