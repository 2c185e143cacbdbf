"""Calling a function for a route or an authorizer, and reading its proxy answer."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from .invoker import Invocation, InvocationRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .invoker import Invoker

_log = logging.getLogger(__name__)
_STATUSES = range(100, 600)


class Failure(Enum):
    """Why there is no answer: the status of a refused handshake, and the text of an error frame."""

    FUNCTION_ERROR = (502, "Internal server error")
    REFUSED = (500, "Internal server error")
    TIMED_OUT = (504, "Endpoint request timed out")

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        self.message = message


class IntegrationFailed(Exception):
    """`payload` is the function's error object where there is one."""

    def __init__(self, failure: Failure, payload: str = "") -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.payload = payload


@dataclass(frozen=True, slots=True)
class Answer:
    """A proxy integration's answer. `body` is None when there was none."""

    status: int
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004  (2xx)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)


class FunctionCaller:
    """Applies the integration timeout: it ends our waiting; the function runs on, as on AWS."""

    def __init__(self, invoker: Invoker) -> None:
        self._invoker = invoker
        self._abandoned: set[asyncio.Task[Invocation]] = set()

    async def call(self, function: str, event: Mapping[str, Any], *, timeout_ms: int) -> str:
        """The function's answer as JSON text. Raises IntegrationFailed."""
        task = asyncio.get_running_loop().create_task(self._invoke(function, event))
        try:
            done, _ = await asyncio.wait((task,), timeout=timeout_ms / 1000)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if not done:
            self._abandon(task)
            raise IntegrationFailed(Failure.TIMED_OUT)
        fault = task.exception()
        if fault is not None:
            broken = None if isinstance(fault, InvocationRefused) else fault
            _log.warning("%s was not invoked: %s", function, fault, exc_info=broken)
            raise IntegrationFailed(Failure.REFUSED) from fault
        invocation = task.result()
        if invocation.error is not None:
            raise IntegrationFailed(Failure.FUNCTION_ERROR, invocation.payload)
        return invocation.payload

    async def call_proxy(self, function: str, event: Mapping[str, Any], *, timeout_ms: int) -> Answer:
        """Raise IntegrationFailed also when the answer is malformed."""
        payload = await self.call(function, event, timeout_ms=timeout_ms)
        answer = _read_answer(payload)
        if answer is None:
            _log.warning("%s returned no proxy answer (statusCode, text body): %.200s", function, payload)
            raise IntegrationFailed(Failure.FUNCTION_ERROR)
        return answer

    def close(self) -> None:
        for task in self._abandoned:
            task.cancel()

    async def _invoke(self, function: str, event: Mapping[str, Any]) -> Invocation:
        return await self._invoker.invoke(function, event)

    def _abandon(self, task: asyncio.Task[Invocation]) -> None:
        self._abandoned.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[Invocation]) -> None:
        self._abandoned.discard(task)
        if not task.cancelled():
            task.exception()  # retrieved, or asyncio reports it as never retrieved


def _read_answer(payload: str) -> Answer | None:
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    status = _status(answer.get("statusCode"))
    body = answer.get("body")
    headers = answer.get("headers") or {}
    repeated = answer.get("multiValueHeaders") or {}
    well_formed = isinstance(headers, dict) and isinstance(repeated, dict) and isinstance(body, str | None)
    if status is None or not well_formed:
        return None
    joined = {
        name: ", ".join(map(str, values)) for name, values in repeated.items() if isinstance(values, list)
    }
    return Answer(status, body, {**joined, **{name: str(value) for name, value in headers.items()}})


def _status(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    return value if type(value) is int and value in _STATUSES else None
