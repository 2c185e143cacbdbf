"""Events between the connection and the program: each id once, in order, bounded."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import Any

from tidings.catalog import Catalog
from tidings.event import Event, decode


class Inbox:
    def __init__(self, catalog: Catalog, *, remember_ids: int, buffer_limit: int) -> None:
        self._catalog = catalog
        self._remember_ids = remember_ids
        self._waiting: deque[Event] = deque()
        self._buffer_limit = buffer_limit
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._arrived = asyncio.Event()
        self._ended = False
        self.dropped = 0

    def put(self, message: Mapping[str, Any]) -> None:
        event = decode(message, self._catalog)
        if event.id is not None:
            if event.id in self._seen:
                return
            self._seen[event.id] = None
            if len(self._seen) > self._remember_ids:
                self._seen.popitem(last=False)
        self._waiting.append(event)
        if len(self._waiting) > self._buffer_limit:
            self._waiting.popleft()
            self.dropped += 1
        self._arrived.set()

    async def get(self) -> Event | None:
        """The next event; None when there will be none any more."""
        while not self._waiting:
            if self._ended:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()

    def end(self) -> None:
        self._ended = True
        self._arrived.set()
