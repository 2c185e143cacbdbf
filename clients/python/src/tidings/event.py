"""An event as the client hands it out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from tidings.catalog import Catalog, Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    type: str
    data: Any
    """The payload as it came: a dict, for every declared type."""
    payload: Payload | None
    """The payload as the class that declares its type: `match event.payload: case OrderShipped(): …`.

    None when the client's catalogue lacks the type or has it in another shape: a server may be newer.
    """
    timestamp: str
    id: str | None
    """The same in every delivery of one event."""
    channel: str | None
    inbox: int | None
    """Its number in the user's inbox, where its type belongs there."""
    recovered: bool
    """It was missed, and read from the history."""
    message: Mapping[str, Any]
    """The whole message as it came."""


def decode(message: Mapping[str, Any], catalog: Catalog, *, recovered: bool = False) -> Event:
    """Never raises for what a newer server may send."""
    data = message.get("data")
    return Event(
        type=message["type"],
        data=data,
        payload=_payload(message["type"], data, catalog),
        timestamp=str(message.get("timestamp", "")),
        id=message.get("id"),
        channel=message.get("channel"),
        inbox=message.get("inbox"),
        recovered=recovered,
        message=message,
    )


def _payload(event_type: str, data: Any, catalog: Catalog) -> Payload | None:
    declared = catalog.types.get(event_type)
    if declared is None:
        return None
    try:
        return declared.payload.model_validate(data)
    except ValidationError:
        return None
