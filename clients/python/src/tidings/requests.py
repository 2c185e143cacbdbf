"""Questions to the server and those who wait for the answers, matched by `request_id`."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tidings.errors import RequestFailed

# The actions are safe to repeat, so a question that was lost with its connection, or answered with one of API
# Gateway's frames that name no request, is simply asked again.
ASK_AGAIN_SECONDS = 5.0
TRY_LATER = frozenset({"rate_limited", "internal_error"})

Send = Callable[[Mapping[str, Any]], Awaitable[None]]


@dataclass(slots=True)
class _Pending:
    answer: asyncio.Future[Mapping[str, Any]]
    failure: RequestFailed
    ask: asyncio.Event = field(default_factory=asyncio.Event)


class Requests:
    def __init__(self, send: Send, *, timeout_seconds: float) -> None:
        self._send = send
        self._timeout_seconds = timeout_seconds
        self._pending: dict[str, _Pending] = {}
        self._numbers = itertools.count(1)

    async def ask(self, action: str, **fields: object) -> Mapping[str, Any]:
        """The data of the answer. Raises RequestFailed when it is a refusal or does not come."""
        request_id = f"r{next(self._numbers)}"
        given = {name: value for name, value in fields.items() if value is not None}
        question = {"action": action, **given, "request_id": request_id}
        pending = _Pending(
            asyncio.get_running_loop().create_future(),
            RequestFailed("timeout", f"{action} {fields.get('channel', '')} was not answered"),
        )
        self._pending[request_id] = pending
        try:
            async with asyncio.timeout(self._timeout_seconds):
                while not pending.answer.done():
                    pending.ask.clear()
                    await self._send(question)
                    await _first(pending.answer, pending.ask.wait(), within_seconds=ASK_AGAIN_SECONDS)
            return pending.answer.result()
        except TimeoutError:
            raise pending.failure from None
        finally:
            del self._pending[request_id]

    def ask_again(self) -> None:
        """There is a new connection: what has no answer yet is asked there."""
        for pending in self._pending.values():
            pending.ask.set()

    def settle(self, *, kind: str, data: Mapping[str, Any]) -> bool:
        """Whether the message answered one of our questions."""
        pending = self._pending.get(str(data.get("request_id")))
        if pending is None:
            return False
        if pending.answer.done():
            return True
        if kind != "system.error":
            pending.answer.set_result(data)
            return True
        failure = RequestFailed(str(data.get("code")), str(data.get("message")))
        if failure.code in TRY_LATER:
            pending.failure = failure
        else:
            pending.answer.set_exception(failure)
        return True

    def fail(self, reason: str) -> None:
        for pending in self._pending.values():
            if not pending.answer.done():
                pending.answer.set_exception(RequestFailed("closed", reason))


async def _first(answer: asyncio.Future[Any], ask: Awaitable[Any], *, within_seconds: float) -> None:
    asked = asyncio.ensure_future(ask)
    try:
        await asyncio.wait({answer, asked}, timeout=within_seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        asked.cancel()
