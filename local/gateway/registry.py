"""Which connections exist, and the one task that ends those which were idle, or alive, for too long."""

from __future__ import annotations

import asyncio
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from .closing import GOING_AWAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .clock import Clock
    from .connection import Connection
    from .limits import GatewayLimits


class Registry:
    """Deadlines are looked at when due, not moved with every message: one heap entry a connection."""

    def __init__(self, *, clock: Clock, limits: GatewayLimits) -> None:
        self._clock = clock
        self._limits = limits
        self._connections: dict[str, Connection] = {}
        self._deadlines: list[tuple[float, str]] = []
        self._reaper: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._connections)

    def __iter__(self) -> Iterator[Connection]:
        return iter(tuple(self._connections.values()))

    def get(self, connection_id: str) -> Connection | None:
        return self._connections.get(connection_id)

    def add(self, connection: Connection) -> None:
        self._connections[connection.id] = connection
        self._watch(connection)
        if self._deadlines[0][1] == connection.id:
            self._restart()

    def _restart(self) -> None:
        """The task sleeps until the earliest deadline; there is a new earliest one."""
        self.stop()
        self._reaper = asyncio.get_running_loop().create_task(self._reap(), name="gateway-reaper")

    def remove(self, connection: Connection) -> None:
        self._connections.pop(connection.id, None)

    def stop(self) -> None:
        if self._reaper is not None:
            self._reaper.cancel()

    def _watch(self, connection: Connection) -> None:
        # The id, not the connection: closed ones must not live on here until their deadline.
        heappush(self._deadlines, (self._deadline(connection), connection.id))

    def _deadline(self, connection: Connection) -> float:
        return min(
            connection.last_active + self._limits.idle_seconds,
            connection.connected_at + self._limits.lifetime_seconds,
        )

    async def _reap(self) -> None:
        while self._deadlines:
            when, connection_id = self._deadlines[0]
            if when > self._clock.now():
                await self._clock.sleep_until(when)
                continue
            heappop(self._deadlines)
            connection = self._connections.get(connection_id)
            if connection is None:
                continue
            if self._deadline(connection) > self._clock.now():
                self._watch(connection)
            elif connection.socket is not None:
                connection.socket.close(GOING_AWAY)
