"""Proxy integrations: the request goes through as it is, and so does the answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.gateway.integration import Answer, Failure, IntegrationFailed

from .backends import OK, BackendRequest
from .parameters import request_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.gateway.integration import FunctionCaller
    from local.gateway.model import Integration

    from .backends import Backend

# They belong to the client's own connection, not to the request.
_NOT_FORWARDED = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "sec-websocket-extensions",
        "sec-websocket-key",
        "sec-websocket-version",
        "transfer-encoding",
        "upgrade",
    }
)


@dataclass(frozen=True, slots=True)
class LambdaProxy:
    functions: FunctionCaller
    function: str
    timeout_ms: int
    ignores_answer: bool = False

    async def answer(self, event: Mapping[str, Any]) -> Answer:
        if self.ignores_answer:
            await self.functions.call(self.function, event, timeout_ms=self.timeout_ms)
            return Answer(OK)
        return await self.functions.call_proxy(self.function, event, timeout_ms=self.timeout_ms)


@dataclass(frozen=True, slots=True)
class HttpProxy:
    """A handshake's headers and query go along. Messages have none."""

    backend: Backend
    integration: Integration

    async def answer(self, event: Mapping[str, Any]) -> Answer:
        headers, query = request_parameters(self.integration.request_parameters, event)
        kept = {
            name: value
            for name, value in (event.get("headers") or {}).items()
            if name.lower() not in _NOT_FORWARDED
        }
        request = BackendRequest(
            method=self.integration.method,
            headers={"Content-Type": "application/json", **kept, **headers},
            query=[*(event.get("queryStringParameters") or {}).items(), *query],
            body=(event.get("body") or "").encode(),
        )
        try:
            async with asyncio.timeout(self.integration.timeout_ms / 1000):
                response = await self.backend.send(request)
        except TimeoutError as exc:
            raise IntegrationFailed(Failure.TIMED_OUT) from exc
        return Answer(response.status, response.text(), response.headers)
