"""How far an event's delivery has come: enough for another invocation to go on."""

from dataclasses import dataclass, field
from typing import NamedTuple

from shared.domain.receipt import Receipt


class Place(NamedTuple):
    """Where to go on reading in a topic's shard."""

    shard: int
    after: str | None = None
    """The last connection id that was read; None at the beginning."""


class Waiting(NamedTuple):
    """A target to be tried again."""

    connection_id: str
    connected_at: float
    runs: int
    """How many invocations have tried it."""
    throttled: bool


@dataclass(slots=True, kw_only=True)
class Progress:
    places: tuple[Place, ...]
    """What has not been read yet."""
    receipt: Receipt
    waiting: tuple[Waiting, ...] = field(default=())
    handed: tuple[Place, ...] = field(default=())
    """About to be handed to the queue as parts: done again after a crash, which their ids make harmless."""
