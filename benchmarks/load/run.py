"""Clients that listen, a producer that puts events, and the time from the one to the other."""

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

CONNECTS_AT_ONCE = 40
TRIES = 6
WELCOME_SECONDS = 30.0
# After the last event: what has not come by then is counted as missing.
GRACE_SECONDS = 20.0


@dataclass(kw_only=True)
class Load:
    address: str
    """With its query, but for the user."""
    put: Callable[[str], None]
    """Puts an event with this id on the bus; blocks."""
    clients: int
    events: int
    events_per_second: float
    deadline_seconds: float
    on_connected: Callable[[int], None] = lambda _: None
    on_received: Callable[[int], None] = lambda _: None
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    latencies: list[float] = field(default_factory=list)
    connected: int = 0
    refused: int = 0
    """Handshakes that were given up."""
    closed: int = 0
    """Connections that the other side ended."""
    twice: int = 0
    _put_at: dict[str, float] = field(default_factory=dict)

    @property
    def expected(self) -> int:
        return self.connected * len(self._put_at)

    async def __call__(self) -> None:
        """Ends when all has come, when nothing more comes, or when the time is over."""
        stop = asyncio.Event()
        places = asyncio.Semaphore(CONNECTS_AT_ONCE)
        ready = asyncio.Semaphore(0)
        listeners = [
            asyncio.create_task(self._listen(number, places, ready, stop)) for number in range(self.clients)
        ]
        try:
            async with asyncio.timeout(self.deadline_seconds):
                for _ in range(self.clients):
                    await ready.acquire()
                if not self.connected:
                    return
                await self._produce()
                await self._settle()
        except TimeoutError:
            pass  # bounded: what came until now is reported
        finally:
            stop.set()
            for listener in listeners:
                listener.cancel()
            await asyncio.gather(*listeners, return_exceptions=True)

    async def _listen(
        self, number: int, places: asyncio.Semaphore, ready: asyncio.Semaphore, stop: asyncio.Event
    ) -> None:
        socket: ClientConnection | None = None
        try:
            async with places:
                socket = await self._connect(number)
        finally:
            ready.release()
        if socket is None:
            self.refused += 1
            return
        self.connected += 1
        self.on_connected(self.connected)
        async with socket:
            try:
                await self._receive(socket)
            except ConnectionClosed:
                self.closed += not stop.is_set()

    async def _connect(self, number: int) -> ClientConnection | None:
        joint = "&" if "?" in self.address else "?"
        address = f"{self.address}{joint}user_id=load-{self.run_id}-{number}"
        for attempt in range(TRIES):
            with contextlib.suppress(OSError, InvalidHandshake, ConnectionClosed, TimeoutError):
                socket = await connect(
                    address, ping_interval=None, compression=None, open_timeout=WELCOME_SECONDS
                )
                async with asyncio.timeout(WELCOME_SECONDS):
                    await socket.recv()
                return socket
            await asyncio.sleep(0.2 * 2**attempt)
        return None

    async def _receive(self, socket: ClientConnection) -> None:
        seen: set[str] = set()
        async for text in socket:
            now = time.perf_counter()
            message: dict[str, Any] = json.loads(text)
            event_id = message.get("id", "")
            if event_id not in self._put_at:
                continue  # a ping, or somebody else's event
            if event_id in seen:
                self.twice += 1
                continue
            seen.add(event_id)
            self.latencies.append(now - self._put_at[event_id])
            self.on_received(len(self.latencies))

    async def _produce(self) -> None:
        began = time.perf_counter()
        for number in range(self.events):
            await asyncio.sleep(max(0.0, began + number / self.events_per_second - time.perf_counter()))
            event_id = f"load-{self.run_id}-{number}"
            self._put_at[event_id] = time.perf_counter()
            await asyncio.to_thread(self.put, event_id)

    async def _settle(self) -> None:
        before, since = -1, time.perf_counter()
        while len(self.latencies) < self.expected and time.perf_counter() - since < GRACE_SECONDS:
            if len(self.latencies) != before:
                before, since = len(self.latencies), time.perf_counter()
            await asyncio.sleep(0.1)
