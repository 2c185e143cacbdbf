"""A server in this process that holds state: who is connected, to what, and what each client said."""

import asyncio
import json
from dataclasses import dataclass, field
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


@dataclass
class FakeStream:
    """What the server keeps of a channel, or of a user."""

    epoch: str = "e1"
    head: int = 0
    events: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By offset. One that is lacking is a hole."""
    settling: set[int] = field(default_factory=set)
    """Holes that may still be filled."""
    expired_through: int = 0

    def last(self, channel: str) -> int:
        return max(
            (offset for offset, event in self.events.items() if event["channel"] == channel), default=0
        )

    def answer(self, heard: dict[str, Any], *, channels: list[str], page_events: int) -> dict[str, Any]:
        after = heard["after"]
        verdict = {"stream": heard["stream"], "epoch": self.epoch, "head": self.head}
        reasons = [("epoch", heard["epoch"] != self.epoch), ("ahead", after > self.head)]
        reasons.append(("expired", after < self.expired_through))
        for reason, holds in reasons:
            if holds:
                return {**verdict, "recovered": False, "reason": reason, "events": [], "through": self.head}
        end = min([offset - 1 for offset in self.settling if offset > after], default=self.head)
        owed = [offset for offset in sorted(self.events) if after < offset <= end]
        owed = [offset for offset in owed if self.events[offset]["channel"] in channels]
        told, more = owed[: min(page_events, heard["limit"])], len(owed) > page_events
        return {
            **verdict,
            "events": [self.events[offset] for offset in told],
            "through": told[-1] if more else end,
            "more": more,
            "recovered": True,
            **({"settling": {"retry_after_seconds": 3}} if end < self.head and not more else {}),
        }


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
            **self._standing(self.channels),
        }
        if self.server.inbox is not None:
            data["inbox"] = {"last": len(self.server.inbox), "unseen": self.server.unseen}
        self.deliver({"type": "system.connected", "data": data, "timestamp": wire_time()})

    def ping(self) -> None:
        data: dict[str, Any] = {"timestamp": wire_time()}
        if self.server.streams is not None:
            data["heads"] = {
                name: stream.head for name, stream in self.server.streams.items() if name != "@me"
            }
        self.deliver({"type": "system.ping", "data": data, "timestamp": wire_time()})

    def _standing(self, channels: list[str]) -> dict[str, Any]:
        streams = self.server.streams
        if streams is None:
            return {}
        standing: dict[str, Any] = {
            name: {"epoch": streams[name].epoch, "offset": streams[name].head}
            for name in channels
            if name in streams
        }
        if own := streams.get("@me"):
            last = {channel: own.last(channel) for channel in channels}
            standing["@me"] = {"epoch": own.epoch, "offset": own.head, "channels": last}
        return {"streams": standing}

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
                name = "subscribed"
                data = {**data, "channel": channel, "subscriber_count": 1, **self._standing([channel])}
            case "unsubscribe", _:
                self.channels = [held for held in self.channels if held != channel]
                name, data = "unsubscribed", {**data, "channel": channel}
            case (("history" | "inbox" | "seen"), _):
                name, answer = self._remember(heard)
                data = {**data, **answer}
            case _:
                return
        self.deliver({"type": f"system.{name}", "data": data, "timestamp": wire_time()})

    def _remember(self, heard: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        server, items = self.server, self.server.inbox
        if heard["action"] == "history":
            if server.history_refusals:
                return "error", {"code": server.history_refusals.pop(0), "message": "No"}
            stream = (server.streams or {})[heard["stream"]]
            return "history", stream.answer(heard, channels=self.channels, page_events=server.page_events)
        if items is None:
            return "error", {"code": "invalid_message", "message": "An inbox needs a user"}
        if heard["action"] == "seen":
            server.seen = max(server.seen, min(heard["inbox"], len(items)))
            return "seen", {"inbox": server.seen, "unseen": server.unseen}
        older = items[: heard.get("before", len(items) + 1) - 1][::-1]
        told = older[: heard["limit"]]
        page = {"items": told, "unseen": server.unseen, "last": len(items), "more": len(older) > len(told)}
        if page["more"]:
            # One below is not for this connection to hear.
            page["through"] = told[-1]["inbox"] - 1
        return "inbox", page


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
        self.streams: dict[str, FakeStream] | None = None
        """None: a server without memory."""
        self.page_events = 100
        self.history_refusals: list[str] = []
        """Codes for the next questions, in order."""
        self.inbox: list[dict[str, Any]] | None = None
        self.seen = 0

    @property
    def unseen(self) -> int:
        return len(self.inbox or []) - self.seen

    def asked(self, action: str = "history") -> list[dict[str, Any]]:
        """What all clients together asked."""
        return [heard for connection in self.tried for heard in connection.heard if heard["action"] == action]

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

    def publish(
        self, *, channel: str = "jobs", lost: bool = False, own: bool = False, **message: Any
    ) -> None:
        """`own`: to the user, in the stream `@me`. `lost`: kept, but no connection gets it."""
        sent = {"type": "job.created", "data": {}, "timestamp": wire_time(), "channel": channel, **message}
        name = "@me" if own else channel
        if self.streams is not None and name in self.streams:
            stream = self.streams[name]
            previous = stream.last(channel) if own else stream.head
            stream.head += 1
            sent.update(stream=name, offset=stream.head, previous=previous)
            sent.setdefault("id", f"{name}/{stream.head}")
            stream.events[stream.head] = sent
        if not lost:
            self.deliver(sent)

    def deliver(self, sent: dict[str, Any]) -> None:
        for connection in self.live:
            if sent["channel"] in connection.channels:
                connection.deliver(sent)
