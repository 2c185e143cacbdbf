"""What happens to a client's message: route, function, route response or error frame."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING

from .events import message_event
from .faults import Fault
from .ids import new_id
from .integration import IntegrationFailed

if TYPE_CHECKING:
    from .connection import Connection
    from .integration import Answer
    from .routing import ReadyRoute
    from .services import Services

_log = logging.getLogger(__name__)


def error_frame(message: str, *, connection_id: str, request_id: str) -> str:
    """Spaced as AWS spaces it."""
    return f'{{"message": "{message}", "connectionId":"{connection_id}", "requestId":"{request_id}"}}'


class Messages:
    """Messages of one connection run side by side, up to a limit, as on AWS, which promises no order
    (docs/decisions/0022). Over the limit they wait, and the client is not read from.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    def receive(self, connection: Connection, text: str) -> None:
        services = self._services
        connection.last_active = services.clock.now()
        if services.faults.strikes(Fault.RESET_ON_MESSAGE) and connection.socket is not None:
            connection.socket.reset()
            return
        if connection.in_flight < services.limits.messages_in_flight:
            self._start(connection, text)
            return
        if connection.waiting is None:
            connection.waiting = deque()
        connection.waiting.append(text)
        if connection.socket is not None:
            connection.socket.pause_reading()

    async def close(self, *, timeout_seconds: float) -> None:
        self._closing = True
        if self._tasks:
            _, late = await asyncio.wait(tuple(self._tasks), timeout=timeout_seconds)
            for task in late:
                task.cancel()

    def _start(self, connection: Connection, text: str) -> None:
        connection.in_flight += 1
        task = asyncio.get_running_loop().create_task(self._run(connection, text))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, connection: Connection, text: str) -> None:
        try:
            await self._handle(connection, text)
        finally:
            connection.in_flight -= 1
            if self._closing:
                connection.waiting = None
            elif connection.waiting:
                self._start(connection, connection.waiting.popleft())
            elif connection.socket is not None:
                connection.socket.resume_reading()

    async def _handle(self, connection: Connection, text: str) -> None:
        request_id = new_id()
        message = await self._refusal(connection, text, request_id)
        if message is not None:
            frame = error_frame(message, connection_id=connection.id, request_id=request_id)
            self._send(connection, frame)

    async def _refusal(self, connection: Connection, text: str, request_id: str) -> str | None:
        """The text of the error frame, or None when all went well."""
        if not self._services.account.take():
            return "Too Many Requests"
        route = self._services.routes.select(text)
        if route is None:
            return "Forbidden"
        if not route.admits():
            return "Too Many Requests"
        try:
            answer = await self._invoke(connection, route, text, request_id)
        except IntegrationFailed as exc:
            return exc.failure.message
        return self._respond(connection, route, answer)

    def _respond(self, connection: Connection, route: ReadyRoute, answer: Answer) -> str | None:
        """Send the route response, if there is one. The text of the error frame, or None."""
        if not route.route.route_response or not (answer.mapped or answer.succeeded) or answer.body is None:
            return None
        limit = self._services.limits.message_bytes
        if len(answer.body.encode()) > limit:
            _log.warning("route %s: its answer exceeds %d bytes", route.key, limit)
            return "Internal server error"
        self._send(connection, answer.body)
        return None

    async def _invoke(self, connection: Connection, route: ReadyRoute, text: str, request_id: str) -> Answer:
        services = self._services
        event = message_event(
            services.api,
            connection,
            route_key=route.key,
            body=text,
            message_id=new_id(),
            request_id=request_id,
            now=services.clock.now(),
        )
        return await route.integration.answer(event)

    def _send(self, connection: Connection, text: str) -> None:
        if connection.send(text.encode(), now=self._services.clock.now()):
            return
        if connection.socket is not None and connection.socket.is_open:
            _log.warning("%s reads too slowly: a frame was dropped", connection.id)
