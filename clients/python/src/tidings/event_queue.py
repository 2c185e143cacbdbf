"""What waits between the connection and the program, in order: events, and what happened between them."""

import asyncio
from collections import deque

from tidings.in_order import Act


class EventQueue:
    """`limit` bounds it. A kept event that finds no room is read from the history later; of the others
    the oldest is dropped and counted.
    """

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._waiting: deque[Act] = deque()
        self._arrived = asyncio.Event()
        self._taken = asyncio.Event()
        self._ended = False
        self._page_waits = 0
        self.dropped = 0

    @property
    def has_room(self) -> bool:
        """While a page of history waits for room, live events must not take it: they are newer."""
        return not self._page_waits and len(self._waiting) < self._limit

    async def room_for(self, count: int) -> None:
        """Wait until a page of so many fits, or until the queue is empty."""
        self._page_waits += 1
        try:
            while self._waiting and len(self._waiting) + count > self._limit:
                self._taken.clear()
                await self._taken.wait()
        finally:
            self._page_waits -= 1

    def put(self, act: Act) -> None:
        if act.kind == "event" and not act.stream and len(self._waiting) >= self._limit:
            self.dropped += 1
            oldest = next((one for one in self._waiting if one.kind == "event" and not one.stream), None)
            if oldest is None:
                return
            self._waiting.remove(oldest)
        self._waiting.append(act)
        self._arrived.set()

    async def first(self) -> Act | None:
        """What is to be taken next, still in the queue; None when there will be nothing any more.

        It leaves with `take`: whoever is cancelled between the two has lost nothing.
        """
        while not self._waiting:
            if self._ended:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting[0]

    def take(self, act: Act) -> bool:
        """Whether it was still the first: another task may have taken it."""
        if not self._waiting or self._waiting[0] is not act:
            return False
        self._waiting.popleft()
        self._taken.set()
        return True

    def end(self) -> None:
        self._ended = True
        self._arrived.set()
