"""One connection that a message is posted to: where it was found, and what became of the posts."""

from dataclasses import dataclass
from enum import Enum


class Outcome(Enum):
    """What came of a post."""

    DELIVERED = "delivered"
    GONE = "gone"
    THROTTLED = "throttled"
    TOO_LARGE = "too_large"
    REFUSED = "refused"
    FAILED = "failed"
    NOT_GREETED = "not_greeted"
    """Not posted to: its welcome has not arrived."""


@dataclass(slots=True)
class Target:
    connection_id: str
    connected_at: float
    """Seconds since the epoch."""
    topic_shard: str = ""
    """The partition of the subscriptions table that it was read from; empty when it was not."""
    runs: int = 0
    """How many invocations have tried it before."""
    tries: int = 0
    """How often this invocation has tried it."""
    outcome: Outcome = Outcome.FAILED
    """Of the last post."""
