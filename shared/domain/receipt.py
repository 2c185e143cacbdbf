"""What became of an event: the counts that add up, and the moments of its first and last delivery."""

from dataclasses import dataclass, fields, replace
from typing import Any, Self


@dataclass(slots=True, kw_only=True)
class Receipt:
    """A connection is counted once, under what happened last:
    matched = delivered + gone + throttled + failed + superseded + waiting.
    """

    published_at: float = 0.0
    """When the producer gave it. All moments are seconds since the epoch."""
    matched: int = 0
    delivered: int = 0
    gone: int = 0
    throttled: int = 0
    """Given up after API Gateway kept answering 429."""
    failed: int = 0
    """Given up for any other reason."""
    superseded: int = 0
    """Not tried any more, since a newer event of the same conflation key went out. An event that was dropped
    before it reached anybody counts 1."""
    held: int = 0
    """1 while its conflation window holds the event. Then only the newest event of the key is sent."""
    waiting: int = 0
    """To be tried again."""
    parts: int = 0
    """Handed to the queue to be carried out by other invocations; each keeps a receipt of its own."""
    retries: int = 0
    posts_throttled: int = 0
    """429 answers, also to posts that went through later."""
    read_units: float = 0.0
    first_delivered_at: float | None = None
    last_delivered_at: float | None = None
    offset: int = 0
    """Where a kept event stands in its stream; 0: it has no offset."""
    previous: int = 0
    """The offset before it in the same channel; 0: there is none."""
    epoch: str = ""
    """The offset counts within this epoch of its stream. Kept with the progress: `values` leaves it out."""
    inbox: int = 0
    """Its number in the user's inbox; 0: it has none."""
    removed_connections: int | None = None
    """These five: of `user.forgotten`, what was removed; None for every other event."""
    removed_events: int | None = None
    """Of the user's stream, its head included."""
    removed_items: int | None = None
    """Of the inbox."""
    removed_plans: int | None = None
    removed_tickets: int | None = None

    def delivered_at(self, now: float) -> None:
        self.delivered += 1
        if self.first_delivered_at is None:
            self.first_delivered_at = now
        self.last_delivered_at = now

    @property
    def settled(self) -> int:
        return self.delivered + self.gone + self.throttled + self.failed + self.superseded

    @property
    def latency_seconds(self) -> float | None:
        """From the producer to the last delivery."""
        if self.last_delivered_at is None or not self.published_at:
            return None
        return round(max(0.0, self.last_delivered_at - self.published_at), 3)

    def copy(self) -> Self:
        return replace(self)

    def since(self, before: "Receipt") -> dict[str, float]:
        """The counts that were added since an earlier copy."""
        return {name: getattr(self, name) - getattr(before, name) for name in COUNTS}

    def values(self) -> dict[str, float]:
        """Everything that is known, by name: kept with the event's history, and read back with `of`."""
        known = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "epoch"}
        return {name: value for name, value in known.items() if value is not None}

    @classmethod
    def of(cls, values: dict[str, float]) -> Self:
        known: dict[str, Any] = {one.name: values[one.name] for one in fields(cls) if one.name in values}
        whole = {name: int(known[name]) for name in _WHOLE if name in known}
        return cls(**{**known, **whole})


COUNTS = (
    "matched",
    "delivered",
    "gone",
    "throttled",
    "failed",
    "superseded",
    "waiting",
    "parts",
    "retries",
    "posts_throttled",
)
REMOVED = ("removed_connections", "removed_events", "removed_items", "removed_plans", "removed_tickets")
_WHOLE = (*COUNTS, *REMOVED, "offset", "previous", "inbox")
