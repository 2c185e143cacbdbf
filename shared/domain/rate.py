"""The per-connection message rate: a leaky bucket in one number (the generic cell rate algorithm).

Each message costs an interval of a budget that refills with time. The state is one timestamp, the moment at
which the budget is full again, so that one conditional write decides and counts, whichever instance runs.
"""

import math

from shared.domain.limits import RATE_MESSAGES, RATE_WINDOW_SECONDS

WINDOW_MS = round(RATE_WINDOW_SECONDS * 1000)
INTERVAL_MS = WINDOW_MS // RATE_MESSAGES


def retry_after_seconds(*, full_at_ms: int, now_ms: int) -> int:
    """Whole seconds until the next message is accepted, at least one."""
    wait_ms = full_at_ms + INTERVAL_MS - WINDOW_MS - now_ms
    return max(1, math.ceil(wait_ms / 1000))
