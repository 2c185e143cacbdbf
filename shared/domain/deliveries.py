"""What travels on the delivery queue from the functions to the publisher."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from shared.domain.catalog import Channel


class _Delivery(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Welcome(_Delivery):
    """Greet a connection: its handshake may still be under way."""

    kind: Literal["welcome"] = "welcome"
    connection_id: str
    channels: tuple[Channel, ...] = ()
    """In the order the client asked for them."""
    unknown_channels: tuple[str, ...] = ()


class Heartbeat(_Delivery):
    """Ping every connection."""

    kind: Literal["heartbeat"] = "heartbeat"
    due_at: int
    """Seconds since the epoch."""


class Scheduled(_Delivery):
    """Release a planned message, if it is still planned for that moment."""

    kind: Literal["scheduled"] = "scheduled"
    schedule_key: str
    due_at: int


class Target(_Delivery):
    connection_id: str
    connected_at: float


class Remainder(_Delivery):
    """The targets that one invocation could not reach."""

    kind: Literal["remainder"] = "remainder"
    event_id: str
    message: str
    """The envelope as sent to all others, byte for byte."""
    targets: tuple[Target, ...]
    attempt: int


class Held(_Delivery):
    """A conflation window has ended: send the latest message held in it."""

    kind: Literal["held"] = "held"
    key: str


class Close(_Delivery):
    """End a connection."""

    kind: Literal["close"] = "close"
    connection_id: str


Delivery = Welcome | Heartbeat | Scheduled | Remainder | Held | Close

_ADAPTER: TypeAdapter[Delivery] = TypeAdapter(Annotated[Delivery, Field(discriminator="kind")])


def parse_delivery(body: str) -> Delivery:
    """Read a queue message. Raises pydantic.ValidationError for anything that is none of ours."""
    return _ADAPTER.validate_json(body)
