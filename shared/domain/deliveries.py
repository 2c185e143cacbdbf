"""What travels on the delivery queue from the functions to the publisher.

During a deploy, versions of one stage read each other's messages. Fields that this version does not know are
passed over, and names of channels are not checked.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

from shared.domain.audience import Audience
from shared.domain.envelope import encode
from shared.domain.errors import TryAgain
from shared.domain.target import Target


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Base of all kinds. Each has a use case of its own: shared/app/deliver.py has the table."""

    kind: ClassVar[str]

    def to_json(self) -> str:
        return encode({"kind": self.kind} | self.values())

    def values(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(frozen=True, kw_only=True)
class Welcome(Delivery):
    """Greet a connection: its handshake may still be under way."""

    kind = "welcome"
    connection_id: str
    channels: Sequence[str] = ()
    """In the order the client asked for them."""
    unknown_channels: Sequence[str] = ()
    forbidden_channels: Sequence[str] = ()
    surplus_channels: Sequence[str] = ()
    """Beyond what a connection may have."""
    invalid_heartbeat: bool = False
    """Whether the interval that the client asked for is none."""
    attempt: int = 0


@dataclass(frozen=True, kw_only=True)
class Heartbeat(Delivery):
    """Ping every connection with one interval, or one of several equal shares of them."""

    kind = "heartbeat"
    due_at: int
    """Seconds since the epoch."""
    share: int = 0
    shares: int = 1
    heartbeat_seconds: int | None = None
    """Those with this interval; None: with the stage's."""


@dataclass(frozen=True, kw_only=True)
class Scheduled(Delivery):
    """Release a planned message, if it is still planned for that moment: moved, it is another one."""

    kind = "scheduled"
    schedule_key: str
    due_at: int


@dataclass(frozen=True, kw_only=True)
class DirectPost(Delivery):
    """A message to connections that are known already: what one invocation could not reach."""

    kind = "direct_post"
    event_id: str
    message: str
    """The envelope as sent to all others, byte for byte."""
    targets: Sequence[Mapping[str, Any]]
    """`connection_id` and `connected_at` of each."""
    attempt: int

    @classmethod
    def to(cls, targets: Sequence[Target], *, event_id: str, message: str, attempt: int = 0) -> Self:
        named = ({"connection_id": one.connection_id, "connected_at": one.connected_at} for one in targets)
        return cls(event_id=event_id, message=message, targets=tuple(named), attempt=attempt)

    def as_targets(self) -> list[Target]:
        return [Target(one["connection_id"], one["connected_at"]) for one in self.targets]


@dataclass(frozen=True, kw_only=True)
class FanOutPart(Delivery):
    """A part of an event's delivery: the whole, or one shard of an audience too large for one invocation.

    The event's history says how far it has come, so that the same message may come any number of times.
    """

    kind = "fan_out_part"
    event_id: str
    number: int = 0
    message: str
    channel: str | None
    """None for everybody."""
    share: int = 0
    shares: int = 1
    """Of everybody: which of so many equal shares."""
    heartbeat_seconds: int | None = None
    """Of everybody: those with this interval; None: with the stage's."""
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
    def is_whole(self) -> bool:
        return self.number == 0

    @property
    def audience(self) -> Audience:
        return Audience(self.channel, self.user_id, self.share, self.shares, self.heartbeat_seconds)


@dataclass(frozen=True, kw_only=True)
class RecheckEvent(Delivery):
    """An event that another invocation had begun: to be looked at when that one's time is over."""

    kind = "recheck_event"
    event: Mapping[str, Any]
    """In its held form."""
    sent_at: float | None = None


@dataclass(frozen=True, kw_only=True)
class ReleaseWindow(Delivery):
    """A conflation window has ended: send what it holds."""

    kind = "release_window"
    key: str


@dataclass(frozen=True, kw_only=True)
class Close(Delivery):
    """End a connection."""

    kind = "close"
    connection_id: str
    because: str | None = None
    """An error code that is told to the client first, where it cannot know by itself."""


@dataclass(frozen=True, kw_only=True)
class Expiry(Delivery):
    """A connection's token ends: tell it, then end it. Goes round the queue until the moment has come."""

    kind = "expiry"
    connection_id: str
    valid_until: float
    told: bool = False


@dataclass(frozen=True, kw_only=True)
class Forget(Delivery):
    """Remove what is kept of a user, or go on with it."""

    kind = "forget"
    event_id: str
    user_id: str
    published_at: float
    closed: int = 0
    """How many connections were ended."""
    late: bool = False
    """Whether the invocations that were writing when it began are over."""


_KINDS: Mapping[str, type[Delivery]] = {
    kind.kind: kind
    for kind in (
        Welcome,
        Heartbeat,
        Scheduled,
        DirectPost,
        FanOutPart,
        RecheckEvent,
        ReleaseWindow,
        Close,
        Expiry,
        Forget,
    )
} | {
    # As the version before wrote them.
    "remainder": DirectPost,
    "part": FanOutPart,
    "pending": RecheckEvent,
    "held": ReleaseWindow,
}
_FITS: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "int | None": (int, type(None)),
    "str | None": (str, type(None)),
    "float | None": (int, float, type(None)),
    "Sequence[str]": (list,),
    "Sequence[Mapping[str, Any]]": (list,),
    "Mapping[str, Any]": (dict,),
}


def parse_delivery(body: str) -> Delivery:
    """Read a queue message.

    Raises TryAgain for a kind that a newer version has, ValueError for what no version of ours wrote.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise ValueError("not JSON") from exc
    name = content.get("kind") if isinstance(content, dict) else None
    if not isinstance(name, str):
        raise ValueError("a delivery has a kind")  # noqa: TRY004  of the text, not of an argument
    kind = _KINDS.get(name)
    if kind is None:
        raise TryAgain(f"a newer version has a delivery of kind {name!r}")
    try:
        given = {one.name: _read(content[one.name], one.type) for one in fields(kind) if one.name in content}
        return kind(**given)
    except TypeError as exc:  # a field is missing, or is something else
        raise ValueError(f"{name}: {exc}") from exc


def _read(value: Any, annotation: Any) -> Any:
    """Raises TypeError."""
    wanted = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    wanted = wanted.replace("collections.abc.", "").replace("typing.", "")
    if not isinstance(value, _FITS[wanted]):
        raise TypeError(f"{str(value)[:40]!r} is not {wanted}")
    return tuple(value) if isinstance(value, list) else value


def is_urgent(body: str) -> bool:
    """Whether a queue message must not wait for others of its batch: somebody looks at an empty page."""
    return body.startswith(('{"kind":"welcome"', '{"kind":"close"', '{"kind":"expiry"'))
