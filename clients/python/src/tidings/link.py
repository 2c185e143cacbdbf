"""One connection: its welcome, what it hears, and the watch over its silence."""

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from websockets.exceptions import ConnectionClosed

# As the guide's clients: a heartbeat and a half without a word is suspicious. The server is then asked before
# the connection is given up, since a late minute tick is not a dead connection.
SILENCE_FACTOR = 1.5
ANSWER_SECONDS = 10.0
DEFAULT_HEARTBEAT_SECONDS = 30.0

Message = Mapping[str, Any]


class Connection(Protocol):
    """What is needed of `websockets.asyncio.client.ClientConnection`."""

    async def send(self, message: str) -> None: ...
    async def recv(self) -> str | bytes: ...
    async def close(self, code: int = 1000, reason: str = "") -> None: ...


class ConnectionLost(Exception):
    """Why the connection is over. Users of the client are told it as a status."""


class Link:
    def __init__(
        self,
        connection: Connection,
        received: "Callable[[Link, Message], None]",
        *,
        renewable: bool,
        answer_pings: bool = False,
    ) -> None:
        """`renewable`: a successor would bring a new token, so this connection is over when its token is."""
        self._connection = connection
        self._renewable = renewable
        self._received = received
        self._answer_pings = answer_pings
        self._expires_at: float | None = None
        self.welcome: Message = {}
        self.remaining_seconds: float | None = None
        """How long the server will keep this connection, by the server's own clock."""
        self.lead_seconds = 0.0
        """How long before the cut a successor is wanted."""
        self.lost = ""
        """Why it is over, once it is."""
        self.over = asyncio.Event()
        """Set when it is time for a successor: it is lost, or nearly cut."""

    async def greet(self) -> None:
        """Wait for the welcome. Raises ConnectionLost."""
        while not self.welcome:
            await self._hear()

    async def read(self) -> bool:
        """Hear until the connection is lost; whether a successor was already wanted by then."""
        try:
            while True:
                await self._hear_or_ask()
        except ConnectionLost as lost:
            wanted = self.over.is_set()
            self.lost = str(lost)
            self.over.set()
            return wanted
        finally:
            await self.close()

    async def send(self, message: Message) -> None:
        """A message to a connection that is being lost is lost with it: what matters is asked again."""
        try:
            await self._connection.send(json.dumps(message))
        except ConnectionClosed:
            return

    async def close(self) -> None:
        await self._connection.close()

    async def _hear_or_ask(self) -> None:
        heartbeat = self.welcome.get("heartbeat_seconds", DEFAULT_HEARTBEAT_SECONDS)
        try:
            async with asyncio.timeout(heartbeat * SILENCE_FACTOR):
                return await self._hear()
        except TimeoutError:
            await self.send({"action": "ping"})
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._hear()
        except TimeoutError:
            raise ConnectionLost("the server fell silent") from None

    async def _hear(self) -> None:
        try:
            text = await self._connection.recv()
        except ConnectionClosed as exc:
            closed = exc.rcvd
            told = f"{closed.code} {closed.reason}".strip() if closed else "without a word"
            raise ConnectionLost(f"closed by the server ({told})") from exc
        try:
            message = json.loads(text)
        except ValueError:
            return  # No server of ours sends this: a proxy's greeting at most.
        if not isinstance(message, dict):
            return
        match message.get("type"):
            case "system.connected" if isinstance(message.get("data"), dict):
                self.welcome = message["data"]
                self._expires_at = self._end()
                self._tell_remaining(self.welcome.get("timestamp"))
            case "system.ping":
                if self._answer_pings:
                    await self.send({"action": "pong"})
                self._tell_remaining(message.get("timestamp"))
                # Timers sleep with the machine; the server's own clock, told with each ping, does not.
                if self.remaining_seconds is not None and self.remaining_seconds <= self.lead_seconds:
                    self.over.set()
            case "system.pong":
                self._tell_remaining(message.get("timestamp"))
        self._received(self, message)

    def _end(self) -> float | None:
        names = ("expires_at", "token_expires_at") if self._renewable else ("expires_at",)
        ends = [end for name in names if (end := _epoch(self.welcome.get(name))) is not None]
        return min(ends, default=None)

    def _tell_remaining(self, server_time: object) -> None:
        now = _epoch(server_time)
        if self._expires_at is not None and now is not None:
            self.remaining_seconds = self._expires_at - now


def _epoch(text: object) -> float | None:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return None
