"""A server in this process that holds state: who is connected, to what, and what each client said."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK, InvalidStatus
from websockets.frames import Close
from websockets.http11 import Response

from tests.clients.python.virtual_time import now

START = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()


def wire_time(later_seconds: float = 0) -> str:
    return datetime.fromtimestamp(START + now() + later_seconds, UTC).isoformat().replace("+00:00", "Z")


class FakeConnection:
    def __init__(self, server: "FakeServer", query: dict[str, str], options: dict[str, Any]) -> None:
        self.server = server
        self.query = query
        self.options = options
        self.id = f"c{len(server.tried) + 1}"
        self.channels = [name for name in query.get("channels", "").split(",") if name]
        self.heard: list[dict[str, Any]] = []
        self.opened_at = now()
        self.closed: Close | None = None
        self._inbox: asyncio.Queue[str | Close] = asyncio.Queue()

    async def recv(self) -> str | bytes:
        item = Close(1006, "") if self.closed and self._inbox.empty() else await self._inbox.get()
        if isinstance(item, Close):
            raise (ConnectionClosedOK if item.code == 1000 else ConnectionClosedError)(item, None)
        return item

    async def send(self, message: str) -> None:
        if self.closed:
            raise ConnectionClosedError(self.closed, None)
        heard = json.loads(message)
        self.heard.append(heard)
        if self.server.answering:
            self._answer(heard)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        self.drop(code, reason)

    def drop(self, code: int, reason: str = "") -> None:
        if not self.closed:
            self.closed = Close(code, reason)
            self._inbox.put_nowait(self.closed)

    def deliver(self, message: object) -> None:
        if not self.closed:
            self._inbox.put_nowait(message if isinstance(message, str) else json.dumps(message))

    def welcome(self) -> None:
        data = {
            "connection_id": self.id,
            "user_id": self.query.get("user_id"),
            "channels": self.channels,
            "message": "Connected to WebSocket server",
            "timestamp": wire_time(),
            "heartbeat_seconds": self.server.heartbeat_seconds,
            "expires_at": wire_time(self.server.life_seconds),
            "token_expires_at": wire_time(self.server.token_seconds) if self.server.token_seconds else None,
        }
        self.deliver({"type": "system.connected", "data": data, "timestamp": wire_time()})

    def ping(self) -> None:
        self.deliver({"type": "system.ping", "data": {"timestamp": wire_time()}, "timestamp": wire_time()})

    def _answer(self, heard: dict[str, Any]) -> None:
        channel, data = heard.get("channel"), {"request_id": heard.get("request_id")}
        match heard["action"], channel:
            case "ping", _:
                name = "pong"
            case "list_channels", _:
                name, data = "channels", {**data, "channels": self.channels}
            case "subscribe", "nonsense":
                name, data = "error", {**data, "code": "unknown_channel", "message": "No such channel"}
            case "subscribe", str():
                self.channels = [*dict.fromkeys([*self.channels, channel])]
                name, data = "subscribed", {**data, "channel": channel, "subscriber_count": 1}
            case "unsubscribe", _:
                self.channels = [held for held in self.channels if held != channel]
                name, data = "unsubscribed", {**data, "channel": channel}
            case _:
                return
        self.deliver({"type": f"system.{name}", "data": data, "timestamp": wire_time()})


class FakeServer:
    def __init__(self) -> None:
        self.tried: list[FakeConnection] = []
        self.refusals: list[int] = []
        """Statuses for the next handshakes, in order."""
        self.retry_after = ""
        self.down = False
        self.welcoming = True
        self.answering = True
        self.heartbeat_seconds = 30
        self.life_seconds = 2 * 60 * 60
        self.token_seconds: float | None = None
        """How long a token lasts."""

    @property
    def last(self) -> FakeConnection:
        return self.tried[-1]

    @property
    def live(self) -> list[FakeConnection]:
        return [connection for connection in self.tried if not connection.closed]

    async def connect(self, url: str, **options: Any) -> FakeConnection:
        connection = FakeConnection(self, dict(parse_qsl(urlsplit(url).query)), options)
        self.tried.append(connection)
        if self.down:
            connection.drop(1006)
            raise ConnectionRefusedError("nobody listens")
        if self.refusals:
            connection.drop(1006)
            headers = Headers({"Retry-After": self.retry_after} if self.retry_after else {})
            raise InvalidStatus(Response(self.refusals.pop(0), "Refused", headers))
        if self.welcoming:
            connection.welcome()
        return connection

    def publish(self, *, channel: str = "jobs", **message: Any) -> None:
        sent = {"type": "job.created", "data": {}, "timestamp": wire_time(), "channel": channel, **message}
        for connection in self.live:
            if channel in connection.channels:
                connection.deliver(sent)
