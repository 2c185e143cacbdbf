"""Planned messages."""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Protocol

from shared.domain.deliveries import Scheduled
from shared.domain.schedule import PlanChange, Planned


class ChangeResult(Enum):
    """What came of telling the schedule about a change."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    """Told before, or kept on purpose."""
    OUTDATED = "outdated"
    """A newer event has spoken about this key."""


class Schedule(Protocol):
    """Planned messages, each under its key, and how far the work of the ticks has come."""

    def tell(self, change: PlanChange) -> ChangeResult:
        """Plan, move or drop a message, unless a newer event or this very one has spoken about its key."""

    def due(self, *, until: float, turn: int) -> Iterator[Sequence[Scheduled]]:
        """What is planned up to that moment and not yet handed to the queue, in pages.

        Shards take turns, and `turn` says which begins: a reader who runs out of time starves none of them.
        """

    def handed_over(self, handed: Sequence[Scheduled]) -> None:
        """The queue has them: `due` need not name them again, unless they are moved."""

    def current(self, due: Scheduled) -> Planned | None:
        """The plan, if it is still planned for that moment."""

    def remove(self, due: Scheduled) -> None:
        """Forget the plan, if it is still planned for that moment."""

    def bookmark(self, name: str) -> str | None:
        """How far work that never ends has come, from one tick to the next."""

    def set_bookmark(self, name: str, place: str | None, *, now: float) -> None: ...
