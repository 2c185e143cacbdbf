"""The @connections API: post to, look at and close connections.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from uuid import uuid4

from aiohttp import web

from .closing import DELETED
from .faults import Fault
from .ids import is_well_formed
from .sigv4 import SignatureCheck, SignatureRefused, SignedRequest

if TYPE_CHECKING:
    from .connection import Connection
    from .services import Services


class Refusal(Exception):
    """SDKs find the error's type in a header, since most of these answers have no body on AWS."""

    def __init__(self, status: int, kind: str, message: str | None = None) -> None:
        super().__init__(kind)
        self.status = status
        self.kind = kind
        self.message = message

    def response(self) -> web.Response:
        headers = {"x-amzn-ErrorType": self.kind, "x-amzn-RequestId": str(uuid4())}
        if self.message is None:
            return web.Response(status=self.status, headers=headers)
        return web.json_response({"message": self.message}, status=self.status, headers=headers)


class Management:
    def __init__(self, services: Services, *, signatures: SignatureCheck) -> None:
        self._services = services
        self._signatures = signatures
        self._closing = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        try:
            return await self._answer(request)
        except Refusal as refusal:
            return refusal.response()

    async def _answer(self, request: web.Request) -> web.Response:
        body = await self._body(request)
        self._authenticate(request, body)
        if not self._services.account.take():
            raise Refusal(429, "LimitExceededException", "Rate exceeded")
        connection_id = request.match_info["connection_id"]
        if not is_well_formed(connection_id):
            raise Refusal(400, "BadRequestException", f"Invalid connectionId: {connection_id}")
        if request.method == "POST":
            return await self._post(connection_id, body)
        if request.method == "DELETE":
            return self._delete(self._find(connection_id))
        return self._get(self._find_reachable(connection_id))

    def close(self) -> None:
        """Let go of the posts that a fault keeps hanging."""
        self._closing.set()

    async def _body(self, request: web.Request) -> bytes:
        limit = self._services.limits.message_bytes
        if not request.body_exists:
            return b""
        # One byte more than is allowed is enough to know.
        body = bytearray()
        if (request.content_length or 0) <= limit:
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > limit:
                    break
            else:
                return bytes(body)
        raise Refusal(413, "PayloadTooLargeException", f"Message exceeds {limit} bytes")

    def _authenticate(self, request: web.Request, body: bytes) -> None:
        signed = SignedRequest(request.method, request.raw_path, request.headers, body)
        try:
            self._signatures.check(signed, now=self._services.clock.now())
        except SignatureRefused as exc:
            raise Refusal(403, "ForbiddenException", str(exc)) from exc

    def _find(self, connection_id: str) -> Connection:
        connection = self._services.registry.get(connection_id)
        if connection is None:
            raise Refusal(410, "GoneException")
        return connection

    def _find_reachable(self, connection_id: str) -> Connection:
        """As `_find`, but 410 also for a living connection that the fault `connection-gone` struck."""
        connection = self._find(connection_id)
        faults = self._services.faults
        if connection.gone_decided_by != faults.generation:
            connection.gone_decided_by = faults.generation
            connection.gone = connection.gone or faults.strikes(Fault.CONNECTION_GONE) is not None
        if connection.gone:
            raise Refusal(410, "GoneException")
        return connection

    async def _post(self, connection_id: str, body: bytes) -> web.Response:
        if self._services.faults.rules:
            await self._misbehave()
        connection = self._find_reachable(connection_id)
        try:
            body.decode()
        except UnicodeDecodeError:
            raise Refusal(400, "BadRequestException", "Data must be UTF-8 text") from None
        if self._services.faults.strikes(Fault.RESET_ON_POST) and connection.socket is not None:
            connection.socket.reset()
        elif not connection.send(body, now=self._services.clock.now()):
            raise Refusal(429, "LimitExceededException", "The WebSocket client side buffer is full")
        return web.Response()

    async def _misbehave(self) -> None:
        strikes = self._services.faults.strikes
        if strikes(Fault.POST_GONE):
            raise Refusal(410, "GoneException")
        if strikes(Fault.POST_LIMIT):
            raise Refusal(429, "LimitExceededException", "Rate exceeded")
        if strikes(Fault.POST_ERROR):
            raise Refusal(500, "InternalServerErrorException", "Internal server error")
        if hang := strikes(Fault.POST_HANG):
            clock = self._services.clock
            over = asyncio.ensure_future(clock.sleep_until(clock.now() + hang.seconds))
            closing = asyncio.ensure_future(self._closing.wait())
            await asyncio.wait((over, closing), return_when=asyncio.FIRST_COMPLETED)
            over.cancel()
            closing.cancel()
            raise Refusal(500, "InternalServerErrorException", "Internal server error")

    def _delete(self, connection: Connection) -> web.Response:
        if connection.socket is not None:
            connection.socket.close(DELETED)
        return web.Response(status=204)

    def _get(self, connection: Connection) -> web.Response:
        return web.json_response(
            {
                "connectedAt": _iso(connection.connected_at),
                "identity": connection.identity,
                "lastActiveAt": _iso(connection.last_active),
            }
        )


def _iso(seconds: float) -> str:
    """ISO 8601 with milliseconds, as SDKs parse it."""
    at = int(seconds * 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(at // 1000))}.{at % 1000:03}Z"
