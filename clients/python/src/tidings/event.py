"""An event as the client hands it out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from tidings.events import PAYLOADS
from tidings.payload import Payload, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    type: str
    data: Payload
    """The payload of its type: `match event.data: case JobAnalyzed(): …`."""
    timestamp: str
    id: str | None
    """The same in every delivery of one event."""
    channel: str | None
    message: Mapping[str, Any]
    """The whole message as it came."""


def decode(message: Mapping[str, Any]) -> Event:
    """Never raises for what a newer server may send: it becomes `Unknown`."""
    data = message.get("data")
    fields = data if isinstance(data, dict) else {"value": data}
    payload = PAYLOADS.get(message["type"], Unknown)
    try:
        decoded = payload.model_validate(fields)
    except ValidationError:
        decoded = Unknown.model_validate(fields)
    return Event(
        type=message["type"],
        data=decoded,
        timestamp=str(message.get("timestamp", "")),
        id=message.get("id"),
        channel=message.get("channel"),
        message=message,
    )
