"""The local AWS process as a fixture, and a stand-in for functions."""

import asyncio
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.gateway.invoker import Invocation, InvocationRefused

Answer = Callable[[Mapping[str, Any]], Any]


@dataclass
class FakeFunctions:
    """Answers invocations as told, keeps the events, and lets a test wait for them."""

    answer: Answer = lambda _event: None
    events: list[dict[str, Any]] = field(default_factory=list)
    submitted: list[tuple[str, Any]] = field(default_factory=list)
    refuse: bool = False
    _told: asyncio.Event = field(default_factory=asyncio.Event)

    async def invoke(self, function: str, event: Mapping[str, Any]) -> Invocation:
        del function
        self.events.append(dict(event))
        self._told.set()
        result = self.answer(event)
        if inspect.isawaitable(result):
            result = await result
        if isinstance(result, Exception):
            return Invocation(payload=json.dumps({"errorMessage": str(result)}), error="Unhandled")
        return Invocation(payload=json.dumps(result))

    def submit(self, reference: str, payload: str) -> str:
        if self.refuse:
            raise InvocationRefused("ResourceNotFoundException: Function not found")
        self.submitted.append((reference, json.loads(payload)))
        self._told.set()
        return "request"

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                self._told.clear()
                await self._told.wait()
