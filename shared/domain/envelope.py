"""The envelope: the shape of every message the server sends."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.errors import ClientError
from shared.domain.moments import wire_time

WELCOME = "system.connected"
PING = "system.ping"
PONG = "system.pong"
ERROR = "system.error"
SUBSCRIBED = "system.subscribed"
UNSUBSCRIBED = "system.unsubscribed"
CHANNELS = "system.channels"
AUTHENTICATED = "system.authenticated"
NOTIFICATION = "system.notification"
INBOX = "system.inbox"
SEEN = "system.seen"
HISTORY = "system.history"


_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """`id` and `channel` are there on channel events only; what follows them on kept events only."""

    type: str
    data: Mapping[str, Any]
    timestamp: str
    id: str | None = None
    channel: str | None = None
    stream: str | None = None
    epoch: str | None = None
    """The offset counts within this epoch of the stream."""
    offset: int | None = None
    previous: int | None = None
    """The offset of the event before it that the same subscriber had to get; 0: there is none."""
    inbox: int | None = None
    """Its number in the user's inbox."""

    def to_json(self) -> str:
        body: dict[str, Any] = {"type": self.type, "data": self.data, "timestamp": self.timestamp}
        for name in ("id", "channel", "stream", "epoch", "offset", "previous", "inbox"):
            value = getattr(self, name)
            if value is not None:
                body[name] = value
        return encode(body)


def encode(value: Any) -> str:
    """Compact JSON that is always valid UTF-8: lone surrogates, legal in JSON, stay escaped.

    Raises ValueError for numbers that JSON does not know.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return text


def reply(type_: str, data: Mapping[str, Any], *, now: float, request_id: str | None = None) -> Envelope:
    """An answer to a client's message; the request id it carried is echoed."""
    echoed = {} if request_id is None else {"request_id": request_id}
    return Envelope(type=type_, data={**data, **echoed}, timestamp=wire_time(now))


def error(problem: ClientError, *, now: float) -> Envelope:
    data: dict[str, Any] = {"code": problem.code, "message": problem.message}
    if problem.retry_after_seconds is not None:
        data["retry_after_seconds"] = problem.retry_after_seconds
    return reply(ERROR, data, now=now, request_id=problem.request_id)


def ping(due_at: float, *, heads: Mapping[str, int]) -> Envelope:
    """`heads`: the last offset of each channel, so that who missed it knows."""
    timestamp = wire_time(due_at)
    return Envelope(type=PING, data={"timestamp": timestamp, "heads": heads}, timestamp=timestamp)


def token_expiring(valid_until: float, *, now: float) -> Envelope:
    """A notification, so that clients which know nothing of tokens show it all the same."""
    data = {
        "message": "The token of this connection is about to expire.",
        "severity": "warning",
        "action_required": True,
        "code": "token_expiring",
        "expires_at": wire_time(valid_until),
    }
    return Envelope(type=NOTIFICATION, data=data, timestamp=wire_time(now))
