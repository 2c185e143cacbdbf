"""When pings are due, to which share of all connections, and which pongs are written down."""

from zlib import crc32

from shared.domain.limits import HEARTBEAT_SECONDS_MAX

# Roughly how often a connection's pongs leave a trace: a write for each would cost more than the pings.
SEEN_EVERY_SECONDS = 300


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
    """True for one pong in N of each connection, at another beat for each: no state, no peak of writes."""
    one_in = max(1, SEEN_EVERY_SECONDS // heartbeat_seconds)
    beat = int(now // heartbeat_seconds)
    return (crc32(connection_id.encode()) + beat) % one_in == 0
