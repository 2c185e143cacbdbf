"""Reading topics."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.domain.audience import Audience
from shared.domain.progress import Place
from shared.domain.target import Target


@dataclass(frozen=True, slots=True)
class Page:
    shard: int
    targets: Sequence[Target]
    after: str | None
    """Where the shard goes on; None when this was its last page."""
    read_units: float = 0.0
    not_greeted: Sequence[Target] = ()
    """Not to be posted to before their welcome has arrived; `targets` are all others."""


class Subscribers(Protocol):
    """Expired rows are never seen; reads are consistent."""

    def count(self, channel: str, *, now: float) -> int: ...

    def places(self, audience: Audience) -> tuple[Place, ...]:
        """The beginning of everything that is to be read for the audience."""

    def pages(self, audience: Audience, places: Sequence[Place], *, now: float) -> Iterator[Page]:
        """The audience from these places on, page by page, so that it is never held as a whole.

        A shard's pages come in order and its last one has no `after`; shards may alternate.
        """

    def of_user(self, user_id: str, *, now: float) -> Sequence[Target]:
        """All connections of one user, whatever they subscribed to, oldest first."""

    def of_address(self, address: str, *, now: float) -> Sequence[Target]:
        """Those from one address that no token vouches for, oldest first."""
