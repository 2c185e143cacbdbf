"""What travels on the delivery queue from the functions to the publisher."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from shared.domain.audience import Audience, EverybodyAudience, audience_of
from shared.domain.errors import UnknownDelivery


class _Delivery(BaseModel):
    """During a deploy, versions of one stage read each other's messages. Fields that this version does not
    know are passed over, and names of channels are not checked.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")


class Welcome(_Delivery):
    """Greet a connection: its handshake may still be under way."""

    kind: Literal["welcome"] = "welcome"
    connection_id: str
    channels: tuple[str, ...] = ()
    """In the order the client asked for them."""
    unknown_channels: tuple[str, ...] = ()
    forbidden_channels: tuple[str, ...] = ()


class Heartbeat(_Delivery):
    """Ping every connection, or one of several equal shares of them."""

    kind: Literal["heartbeat"] = "heartbeat"
    due_at: int
    """Seconds since the epoch."""
    share: int = 0
    shares: int = 1


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


class Part(_Delivery):
    """A part of an event's delivery: the whole, or one shard of an audience too large for one invocation.

    The event's history says how far it has come, so that the same message may come any number of times.
    """

    kind: Literal["part"] = "part"
    event_id: str
    number: int = 0
    message: str
    channel: str | None
    """None for everybody."""
    share: int = 0
    shares: int = 1
    """Of everybody: which of so many equal shares."""
    user_id: str | None = None
    shard: int = 0
    after: str | None = None
    """Where a part with a number begins; part 0 begins at all shards."""
    published_at: float
    worth_until: float | None = None
    """Set for what is worth nothing later: a ping."""
    window: str | None = None
    """Of a conflated event: the key of its window, which says whether a newer one went out."""

    @property
    def audience(self) -> Audience:
        if self.channel is None:
            return EverybodyAudience(self.share, self.shares)
        return audience_of(self.channel, self.user_id)


class Pending(_Delivery):
    """An event that another invocation had begun: to be looked at when that one's time is over."""

    kind: Literal["pending"] = "pending"
    event: dict[str, Any]
    """In its held form."""
    sent_at: float | None = None


class Held(_Delivery):
    """A conflation window has ended: send the latest message held in it."""

    kind: Literal["held"] = "held"
    key: str


class Close(_Delivery):
    """End a connection."""

    kind: Literal["close"] = "close"
    connection_id: str
    because: str | None = None
    """Told to the client first, where it cannot know by itself."""


class Expiry(_Delivery):
    """A connection's token ends: tell it, then end it. Goes round the queue until the moment has come."""

    kind: Literal["expiry"] = "expiry"
    connection_id: str
    valid_until: float
    told: bool = False


Delivery = Welcome | Heartbeat | Scheduled | Remainder | Part | Pending | Held | Close | Expiry

_ADAPTER: TypeAdapter[Delivery] = TypeAdapter(Annotated[Delivery, Field(discriminator="kind")])


_KINDS = frozenset(
    ("welcome", "heartbeat", "scheduled", "remainder", "part", "pending", "held", "close", "expiry")
)


def parse_delivery(body: str) -> Delivery:
    """Read a queue message.

    Raises UnknownDelivery for a kind of a newer version, pydantic.ValidationError for what is none of ours.
    """
    try:
        return _ADAPTER.validate_json(body)
    except ValidationError:
        kind = _kind_of(body)
        if kind is not None and kind not in _KINDS:
            raise UnknownDelivery(kind) from None
        raise


def _kind_of(body: str) -> str | None:
    try:
        content = from_json(body)
    except ValueError:
        return None
    kind = content.get("kind") if isinstance(content, dict) else None
    return kind if isinstance(kind, str) else None


def is_urgent(body: str) -> bool:
    """Whether a queue message must not wait for others of its batch: somebody looks at an empty page."""
    return body.startswith(('{"kind":"welcome"', '{"kind":"close"', '{"kind":"expiry"'))
