"""How far an event's delivery has come: enough for another invocation to go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from shared.domain.receipt import Receipt
from shared.domain.target import Target


class Place(NamedTuple):
    """Where to go on reading in a topic's shard."""

    shard: int
    after: str | None = None
    """The last connection id that was read; None at the beginning."""


@dataclass(slots=True, kw_only=True)
class Progress:
    places: tuple[Place, ...]
    """What has not been read yet."""
    receipt: Receipt
    waiting: Sequence[Target] = ()
    """To be tried again."""
    divided: tuple[Place, ...] = ()
    """About to be put on the queue as parts. Done again after a crash, which their ids make harmless."""

    def passed(self, shard: int, after: str | None) -> None:
        """A page of the shard was read; it ends after that connection id, or is the shard's last."""
        others = tuple(place for place in self.places if place.shard != shard)
        self.places = others if after is None else (*others, Place(shard, after))
