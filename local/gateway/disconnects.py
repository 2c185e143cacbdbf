"""$disconnect: invoked once after a connection ended, however it ended; its answer goes nowhere."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from .events import disconnect_event
from .faults import Fault
from .ids import new_id
from .integration import IntegrationFailed

if TYPE_CHECKING:
    from .closing import Closure
    from .connection import Connection
    from .routing import ReadyRoute
    from .services import Services

_log = logging.getLogger(__name__)


class Disconnects:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._tasks: set[asyncio.Task[None]] = set()

    def fire(self, connection: Connection, closure: Closure) -> None:
        route = self._services.routes.disconnect
        faults = self._services.faults
        if route is None or faults.strikes(Fault.DISCONNECT_DROP):
            return
        delay = faults.strikes(Fault.DISCONNECT_DELAY)
        seconds = 0.0 if delay is None else delay.seconds
        run = self._run(connection, closure, route, delay_seconds=seconds)
        task = asyncio.get_running_loop().create_task(run)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, *, timeout_seconds: float) -> None:
        if self._tasks:
            _, late = await asyncio.wait(tuple(self._tasks), timeout=timeout_seconds)
            for task in late:
                task.cancel()

    async def _run(
        self, connection: Connection, closure: Closure, route: ReadyRoute, *, delay_seconds: float
    ) -> None:
        services = self._services
        if delay_seconds:
            await services.clock.sleep_until(services.clock.now() + delay_seconds)
        now = services.clock.now()
        event = disconnect_event(services.api, connection, closure, request_id=new_id(), now=now)
        try:
            # No retries: API Gateway invokes synchronously, and once.
            await route.integration.answer(event)
        except IntegrationFailed as exc:
            _log.warning("$disconnect of %s failed: %s", connection.id, exc)
