"""How often a connection is pinged, when, with which share of all, and which pongs are written down."""

import re
from zlib import crc32

from shared.domain.limits import HEARTBEAT_SECONDS_MAX, HEARTBEAT_SECONDS_MIN

# What a connection may have instead of its stage's interval. Pings go out for each also while nobody has it,
# and a share of nobody costs a message, two writes and its shards' queries: so there are few. docs/time.md
# has the sum.
OFFERED_SECONDS = (300, HEARTBEAT_SECONDS_MAX)

# Roughly how often a connection's pongs leave a trace: a write for each would cost more than the pings.
SEEN_EVERY_SECONDS = 300


def own_interval(asked: str, stage_seconds: int) -> int | None:
    """What a connection gets that asked for an interval: the next longer one, None for the stage's.

    Raises ValueError for what is not a whole number of seconds from 30 to 540.
    """
    if not re.fullmatch("[0-9]{1,3}", asked):
        raise ValueError("not a whole number of seconds")
    seconds = int(asked)
    if not HEARTBEAT_SECONDS_MIN <= seconds <= HEARTBEAT_SECONDS_MAX:
        raise ValueError(f"not in {HEARTBEAT_SECONDS_MIN}..{HEARTBEAT_SECONDS_MAX}")
    if seconds <= stage_seconds:
        return None
    return min(one for one in OFFERED_SECONDS if one >= seconds)


def heartbeats_between(
    start: float, end: float, interval_seconds: int, *, shares: int = 1
) -> list[tuple[int, int]]:
    """(moment, share) of each ping due in [start, end): every share of the connections once an interval.

    Moments derive from the epoch, so that all ticks agree. Share 0 has its pings at multiples of the
    interval (0 s and 30 s of each minute); the others are spread evenly over the interval.
    """
    if not 0 < interval_seconds <= HEARTBEAT_SECONDS_MAX:
        raise ValueError(f"interval_seconds is {interval_seconds}, not in 1..{HEARTBEAT_SECONDS_MAX}")
    first_interval = int(start // interval_seconds) - 1
    last_interval = int(end // interval_seconds)
    return [
        (due_at, share)
        for interval in range(first_interval, last_interval + 1)
        for share in range(shares)
        if start <= (due_at := interval * interval_seconds + share * interval_seconds // shares) < end
    ]


def pong_leaves_a_trace(connection_id: str, *, now: float, heartbeat_seconds: int) -> bool:
    """True at one beat in N of each connection, another one for each: no state, no peak of writes.

    Which of the N it is changes from round to round, so that it meets also those who are pinged less often.
    """
    one_in = max(1, SEEN_EVERY_SECONDS // heartbeat_seconds)
    round_, beat = divmod(int(now // heartbeat_seconds), one_in)
    return crc32(f"{connection_id}:{round_}".encode()) % one_in == beat
