"""What the server says besides events: answers and pings, and what they tell of streams and of the inbox."""

import logging
from collections.abc import Mapping
from typing import Any

from tidings.inbox import Counts
from tidings.memory import Memory

LOGGER = logging.getLogger("tidings")
NO_EVENTS = frozenset(
    f"system.{name}"
    for name in (
        *("connected", "subscribed", "unsubscribed", "channels", "authenticated", "pong", "error"),
        *("history", "inbox", "seen", "ping"),
    )
)


def hear(kind: str, data: Mapping[str, Any], memory: Memory, counts: Counts, *, overlapping: bool) -> None:
    """`overlapping`: the connection before this one still lives."""
    try:
        match kind:
            case "system.connected":
                counts.told(data.get("inbox") or {})
                memory.welcome(data, overlapping=overlapping)
            case "system.subscribed":
                memory.subscribed(data)
            case "system.ping":
                memory.heads(data.get("heads") or {})
            case "system.inbox" | "system.seen":
                counts.told(data)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        LOGGER.warning("The server's %s cannot be read: %r", kind, error)
