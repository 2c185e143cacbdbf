"""The functions behind the gateway under test: Python callables that a test sets, and the events they got."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from local.gateway import Invocation, InvocationRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Handler = Callable[[dict[str, Any]], Any]

PATIENCE_SECONDS = 10


def accept(_event: dict[str, Any]) -> dict[str, Any]:
    return {"statusCode": 200}


def echo(event: dict[str, Any]) -> dict[str, Any]:
    return {"statusCode": 200, "body": event["body"]}


class Functions:
    """An invoker that records each event as the JSON a function would have seen."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}
        self._events: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self._arrived = asyncio.Condition()

    def on(self, name: str, handler: Handler) -> None:
        self._handlers[name] = handler

    def returns(self, name: str, answer: Any) -> None:
        self.on(name, lambda _event: answer)

    def raises(self, name: str, message: str = "boom") -> None:
        def fail(_event: dict[str, Any]) -> None:
            raise RuntimeError(message)

        self.on(name, fail)

    def refuses(self, name: str) -> None:
        def refuse(_event: dict[str, Any]) -> None:
            raise InvocationRefused("Rate Exceeded.")

        self.on(name, refuse)

    def events(self, name: str) -> list[dict[str, Any]]:
        return self._events[name]

    async def event(self, name: str, position: int = 0) -> dict[str, Any]:
        """The event of that invocation, waited for."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._arrived:
            await self._arrived.wait_for(lambda: len(self._events[name]) > position)
        return self._events[name][position]

    async def invoke(self, function: str, event: Mapping[str, Any]) -> Invocation:
        seen = json.loads(json.dumps(event))
        async with self._arrived:
            self._events[function].append(seen)
            self._arrived.notify_all()
        try:
            handler: Handler = self._handlers.get(function, accept)
            answer = handler(seen)
            if inspect.isawaitable(answer):
                answer = await answer
        except RuntimeError as exc:
            error = {"errorMessage": str(exc), "errorType": type(exc).__name__}
            return Invocation(json.dumps(error), "Unhandled")
        return Invocation(json.dumps(answer))
