"""Listen to one user's events, typed, over a connection that is replaced without losing or repeating any."""

from tidings.client import Client
from tidings.errors import ConnectionRefused, InvalidEvent, RequestFailed, TidingsError
from tidings.event import Event
from tidings.events import Channel, EventType
from tidings.listener import Listener
from tidings.payload import Payload, Unknown
from tidings.status import Status

__all__ = [
    "Channel",
    "Client",
    "ConnectionRefused",
    "Event",
    "EventType",
    "InvalidEvent",
    "Listener",
    "Payload",
    "RequestFailed",
    "Status",
    "TidingsError",
    "Unknown",
]
