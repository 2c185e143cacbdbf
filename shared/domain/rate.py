"""The per-connection message rate: a leaky bucket in one number (the generic cell rate algorithm).

Each message costs an interval of a budget that refills with time. The state is one timestamp, the moment at
which the budget is full again, so that one conditional write decides and counts, whichever instance runs.
"""

import math
from dataclasses import dataclass

from shared.domain.limits import RATE_MESSAGES, RATE_STRIKES, RATE_WINDOW_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    messages: int = RATE_MESSAGES
    window_seconds: float = RATE_WINDOW_SECONDS
    strikes: int = RATE_STRIKES
    """How many refusals in a row close the connection."""

    @property
    def interval_ms(self) -> int:
        return round(self.window_seconds * 1000 / self.messages)

    @property
    def window_ms(self) -> int:
        return round(self.window_seconds * 1000)

    def retry_after_seconds(self, *, full_at_ms: int, now_ms: int) -> int:
        """Whole seconds until the next message is accepted, at least one."""
        wait_ms = full_at_ms + self.interval_ms - self.window_ms - now_ms
        return max(1, math.ceil(wait_ms / 1000))
