"""What bounds clients that come back: the account's rates, and a bucket for each."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Limits(NamedTuple):
    connects_per_second: float
    connects_at_once: float
    messages_per_second: float
    publishers: int
    runs_at_once: int
    """Of the account, without what is reserved for the publisher."""
    hot_units_per_second: float = 3_000
    """Of one partition; no burst above a second's worth is counted on.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
    """


@dataclass
class Bucket:
    per_second: float
    at_once: float
    left: float = field(init=False)
    filled_at: float = 0.0

    def __post_init__(self) -> None:
        self.left = self.at_once

    def take(self, count: float, now: float) -> bool:
        self.left = min(self.at_once, self.left + (now - self.filled_at) * self.per_second)
        self.filled_at = now
        if count > self.left + 1e-9:
            return False
        self.left -= count
        return True
