"""What a stage is asked to do in a month, and what of it is assumed."""

from dataclasses import dataclass

DAYS = 30
MINUTES = DAYS * 24 * 60
SECONDS = MINUTES * 60
# API Gateway cuts a connection after two hours; clients are back at once.
CONNECTS = MINUTES // 120


@dataclass(frozen=True, kw_only=True)
class Load:
    connections: int
    """Open all month."""
    events: int
    """A month."""
    audience: int
    """Connections that one event reaches."""
    heartbeat_seconds: int | None = None
    """What the connections ask for; None: the stage's interval."""
    pongs: bool = True
    """Whether clients answer each ping. The guide's do; ours need not."""
    messages: int = 0
    """Of one client in a month, besides pongs."""


# Measured here or read off the sizes of what is sent; a bill shows them, since it stands on them.
ASSUMED = {
    "a run of connect, disconnect or default": "15 ms, for a pong 3 ms",
    "a publisher's or scheduler's run beside its posts": "30 ms",
    "log of a run, its metrics included": "0.7 KB",
    "access log of a handshake or message": "0.3 KB",
    "a message on the wire": "0.3 KB",
    "an event in the archive": "0.6 KB",
    "metrics of the functions": "20",
    "X-Ray": "one trace a second, then 1 in 20",
    "a queue's idle poll": "15 requests a minute for each of two mappings",
}
SHORT_RUN_SECONDS = 0.015
PONG_RUN_SECONDS = 0.003
LONG_RUN_SECONDS = 0.030
LOG_KB = 0.7
ACCESS_LOG_KB = 0.3
MESSAGE_KB = 0.3
ARCHIVED_KB = 0.6
OWN_METRICS = 20
TRACED_SHARE = 0.05
IDLE_POLLS_A_MINUTE = 15
# One scheduled run: benchmarks/schedule counts them, and the sweep takes two units when it finds nothing.
TICK_READ_UNITS, TICK_WRITE_UNITS = 4.5 + 2, 1 + 1
# To send, to receive and to delete; a batch of more is cheaper.
REQUESTS_PER_DELIVERY = 3
