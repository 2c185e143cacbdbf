"""Listen to one user's events, typed, over a connection that is replaced without losing or repeating any.

Names are imported when they are first used: `tidings.catalog`, with which an application declares its events,
needs neither `websockets` nor boto3.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tidings.client import Client
    from tidings.errors import ConnectionRefused, InvalidEvent, RequestFailed, TidingsError
    from tidings.event import Event
    from tidings.inbox import InboxCounts, InboxPage
    from tidings.listener import Listener
    from tidings.memory import Recovery
    from tidings.status import Status

__all__ = [
    "Client",
    "ConnectionRefused",
    "Event",
    "InboxCounts",
    "InboxPage",
    "InvalidEvent",
    "Listener",
    "Recovery",
    "RequestFailed",
    "Status",
    "TidingsError",
]
_MODULES = {
    "Client": "client",
    "ConnectionRefused": "errors",
    "Event": "event",
    "InboxCounts": "inbox",
    "InboxPage": "inbox",
    "InvalidEvent": "errors",
    "Listener": "listener",
    "Recovery": "memory",
    "RequestFailed": "errors",
    "Status": "status",
    "TidingsError": "errors",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'tidings' has no attribute {name!r}")
    return getattr(import_module(f"tidings.{_MODULES[name]}"), name)
