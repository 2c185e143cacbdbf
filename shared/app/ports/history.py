"""Which events went out, and how."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from shared.domain.connection import Connection
from shared.domain.lease import Lease
from shared.domain.progress import Progress
from shared.domain.receipt import Receipt


class Claim(Enum):
    NEW = "new"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Claimed:
    claim: Claim
    progress: Progress | None = None
    """Of a NEW event: how far an earlier invocation came."""
    connection: Connection | None = None
    """Of a NEW greeting: whom to greet."""
    again: bool = False
    """Of a NEW one: whether an earlier invocation had begun it."""
    lease_until: float = 0.0
    """Of a RUNNING one: when another invocation's time is over."""


class History(Protocol):
    """Which events went out, and how. A large event has parts: part 0 is the one it began with."""

    def claim(self, event_id: str, *, now: float, lease: Lease, part: int = 0) -> Claimed:
        """NEW for the one who may deliver it now: the first, or a later one after a crash (lease over)."""

    def save(self, event_id: str, progress: Progress, *, lease: Lease, part: int = 0) -> bool:
        """Remember how far the claim came. False when somebody else has claimed it since."""

    def release(self, event_id: str, progress: Progress, *, lease: Lease, part: int = 0) -> bool:
        """As `save`, and let others claim it now."""

    def finish(self, event_id: str, receipt: Receipt, *, lease: Lease, part: int = 0) -> bool:
        """It is done for good. False as in `save`."""

    def note(self, event_id: str, receipt: Receipt, *, window: str, now: float) -> None:
        """Give an event that nobody has claimed a receipt, and name the window that keeps it back."""

    def receipt(self, event_id: str) -> Receipt:
        """What became of an event so far, without its parts; an empty one when nothing is known any more."""
