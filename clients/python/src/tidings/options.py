"""What a program may set, with what holds when it does not."""

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    retry_base_seconds: float = 1.0
    """The first retry waits up to this long, each further one up to twice as long (full jitter)."""
    retry_cap_seconds: float = 30.0
    refused_cap_seconds: float = 300.0
    """The cap while tokens are refused: asking again will rarely help."""
    request_timeout_seconds: float = 30.0
    welcome_timeout_seconds: float = 15.0
    overlap_seconds: float = 5.0
    """How long both connections stay up when a new one takes over."""
    rollover_lead_seconds: float = 60.0
    rollover_spread_seconds: float = 240.0
    """Clients that connected together must not roll over together: each picks a moment in this window."""
    heartbeat_seconds: int | None = 300
    """The interval of pings to ask for, 30 to 540; None takes the server's. The welcome says what it is."""
    answer_pings: bool = False
    """Each answer is a message on API Gateway's bill, and the server needs none."""
    remember_ids: int = 1_000
    buffer_limit: int = 1_000
    """Events that may wait to be iterated over. Beyond it, kept ones are read from the history later; of the
    others the oldest is dropped and counted in `dropped`."""
    chance: Callable[[], float] = random.random


STABLE_SECONDS = 10.0
"""A connection that lives this long was a success: the next loss starts from a short wait again."""
