"""The handshake: throttle, authorizer, $connect, and only then a connection."""

from __future__ import annotations

import logging
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aiohttp import web

from .authorizer import Grant, Unauthorized, authorize, require_identity
from .client_socket import ClientSocket
from .closing import GOING_AWAY
from .connection import Connection
from .events import HandshakeRequest, authorizer_event, connect_event
from .ids import new_id
from .integration import Answer, IntegrationFailed
from .messages import error_frame
from .request_limits import header_bytes
from .sigv4 import is_signed
from .upgrade import hand_over, is_valid_handshake, wants_websocket

if TYPE_CHECKING:
    from .client_socket import Listener
    from .routing import ReadyRoute
    from .services import Services

_log = logging.getLogger(__name__)


class Handshake:
    def __init__(self, services: Services, *, listener: Listener) -> None:
        self._services = services
        self._listener = listener
        self._closing = False

    def close(self) -> None:
        """Let nobody in any more, not even those whose $connect is still running."""
        self._closing = True

    async def handle(self, http: web.Request, *, lower_case_names: bool = False) -> web.StreamResponse:
        if (refusal := self._malformed(http)) is not None:
            return refusal
        if self._closing:
            return _refuse(503, "Service Unavailable")
        route = self._services.routes.connect
        if not self._services.handshakes.take() or (route is not None and not route.admits()):
            return _refuse(429, "Too Many Requests")
        if route is not None and route.route.iam and not is_signed(http.headers, http.query):
            return _refuse(403, "Missing Authentication Token")
        return await self._connect(http, route, lower_case_names=lower_case_names)

    def _malformed(self, http: web.Request) -> web.Response | None:
        """The answer to what is no handshake, whoever sends it."""
        if not wants_websocket(http):
            return _refuse(426, "Upgrade Required", headers={"Upgrade": "websocket"})
        if header_bytes(http) > self._services.limits.header_bytes:
            return _refuse(431, "Request Header Fields Too Large")
        if not is_valid_handshake(http):
            return _refuse(400, "Bad Request")
        return None

    async def _connect(
        self, http: web.Request, route: ReadyRoute | None, *, lower_case_names: bool
    ) -> web.StreamResponse:
        connection = self._connection(http)
        request = _request(http, now=connection.connected_at)
        if lower_case_names:
            request = replace(request, headers=[(name.lower(), value) for name, value in request.headers])
        request_id = new_id()
        try:
            answer = await self._ask(connection, request, route, request_id)
        except Unauthorized as exc:
            return _refuse(exc.status, exc.message, connection_id=connection.id, request_id=request_id)
        except IntegrationFailed as exc:
            _log.warning("$connect failed: %s %.500s", exc, exc.payload)
            status, message = exc.failure.status, exc.failure.message
            return _refuse(status, message, connection_id=connection.id, request_id=request_id)
        if not answer.succeeded:
            return web.Response(status=answer.status, headers={"x-amzn-RequestId": request_id})
        return self._accept(http, connection, answer)

    def _connection(self, http: web.Request) -> Connection:
        identity = {"sourceIp": http.remote or ""}
        if "User-Agent" in http.headers:
            identity = {"userAgent": http.headers["User-Agent"], **identity}
        return Connection(new_id(), now=self._services.clock.now(), domain_name=http.host, identity=identity)

    async def _ask(
        self, connection: Connection, request: HandshakeRequest, route: ReadyRoute | None, request_id: str
    ) -> Answer:
        """What $connect says; without such a route everybody may come. Raises what refuses the client."""
        if route is None:
            return Answer(200)
        services = self._services
        grant = await self._authorize(connection, request, route, request_id)
        now = services.clock.now()
        event = connect_event(services.api, connection, request, request_id=request_id, now=now)
        if grant is not None:
            event["requestContext"]["authorizer"]["integrationLatency"] = grant.latency_ms
        return await route.integration.answer(event)

    async def _authorize(
        self, connection: Connection, request: HandshakeRequest, route: ReadyRoute, request_id: str
    ) -> Grant | None:
        if route.route.authorizer is None:
            return None
        services = self._services
        authorizer = services.api.authorizers[route.route.authorizer]
        now = services.clock.now()
        event: dict[str, Any] = authorizer_event(
            services.api, connection, request, request_id=request_id, now=now
        )
        require_identity(authorizer, services.api, request, event["requestContext"])
        grant = await authorize(
            authorizer, services.api, event, functions=services.functions, limits=services.limits
        )
        connection.authorizer = grant.context
        return grant

    def _accept(self, http: web.Request, connection: Connection, answer: Answer) -> web.StreamResponse:
        services = self._services
        socket = ClientSocket(connection, listener=self._listener, limits=services.limits)
        connection.socket = socket
        connection.last_active = services.clock.now()
        services.registry.add(connection)
        handed_over = hand_over(http, socket, subprotocol=answer.header("Sec-WebSocket-Protocol"))
        if self._closing:
            socket.close(GOING_AWAY)
        return handed_over


def _request(http: web.Request, *, now: float) -> HandshakeRequest:
    """The headers as sent, with those API Gateway's front end adds."""
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in http.raw_headers]
    forwarded_for = [value for name, value in headers if name.lower() == "x-forwarded-for"]
    port = http.url.port or 443
    added = {
        "content-length": "0",
        "X-Amzn-Trace-Id": f"Root=1-{int(now):08x}-{secrets.token_hex(12)}",
        "X-Forwarded-For": ", ".join([*forwarded_for, http.remote or ""]),
        "X-Forwarded-Port": str(port),
        "X-Forwarded-Proto": http.scheme,
    }
    replaced = {name.lower() for name in added}
    kept = [(name, value) for name, value in headers if name.lower() not in replaced]
    query = parse_qsl(http.rel_url.raw_query_string, keep_blank_values=True)
    return HandshakeRequest(headers=[*kept, *added.items()], query=query)


def _refuse(
    status: int,
    message: str,
    *,
    connection_id: str = "",
    request_id: str = "",
    headers: dict[str, str] | None = None,
) -> web.Response:
    text = f'{{"message": "{message}"}}'
    if connection_id:
        text = error_frame(message, connection_id=connection_id, request_id=request_id)
    return web.Response(status=status, text=text, content_type="application/json", headers=headers)
