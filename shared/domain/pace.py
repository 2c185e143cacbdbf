"""How fast to post: a token bucket whose rate follows the 429s, up at a constant pace, down by a factor.

API Gateway says 429 both to a caller over the account's rate and for one client that reads too slowly. Only
the first is a reason to slow down, and the spread tells them apart: over the rate, many connections see it.
"""

from dataclasses import dataclass, field

# Of our share of the account's rate, what parts of large events may have together: the rest is kept free for
# what is small, which never waits for a token anyway.
PARTS_SHARE = 0.8
# Tokens saved up while idle: what may go out at once.
BURST_SECONDS = 0.05
LEAST_WAIT_SECONDS = 0.001
TAKEN_AT_ONCE = 16
SLOWER = 0.7
# 429s of one round trip are one signal.
SLOWDOWNS_APART_SECONDS = 0.5
FASTER_PER_SECOND = 0.05
FLOOR = 0.02
# The share of first posts that see 429 is averaged over about this many.
_SPREAD_POSTS = 50
OVER_RATE_SHARE = 0.05


@dataclass(slots=True)
class Pace:
    ceiling: float
    """Posts a second: our share of the account's rate."""
    rate: float = field(init=False)
    _tokens: float = field(init=False)
    _at: float = field(default=0.0, init=False)
    _slowed_at: float = field(default=0.0, init=False)
    _share: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.rate = self.ceiling
        self._tokens = self._burst

    def take(self, now: float) -> int:
        """How many posts may begin now: their tokens are taken. 0: see `wait`."""
        self._refill(now)
        taken = min(max(0, int(self._tokens)), TAKEN_AT_ONCE)
        self._tokens -= taken
        return taken

    def wait(self) -> float:
        """Seconds until there is a token."""
        # Less than a clock can tell apart would be waited for in vain.
        return max(LEAST_WAIT_SECONDS, (1 - self._tokens) / self.rate)

    def urge(self, now: float) -> None:
        """A post that does not wait for its token: the others do, later."""
        self._refill(now)
        self._tokens = max(self._tokens - 1, -self.ceiling)

    def seen(self, now: float, *, throttled: bool) -> None:
        """What a first post to a connection was answered."""
        self._share += (throttled - self._share) / _SPREAD_POSTS
        if throttled and self.over_rate and now - self._slowed_at >= SLOWDOWNS_APART_SECONDS:
            self._refill(now)
            self.rate = max(self.rate * SLOWER, self.ceiling * FLOOR, 1.0)
            self._tokens = min(self._tokens, self._burst)
            self._slowed_at = now

    @property
    def over_rate(self) -> bool:
        return self._share >= OVER_RATE_SHARE

    @property
    def _burst(self) -> float:
        return max(1.0, self.rate * BURST_SECONDS)

    def _refill(self, now: float) -> None:
        # A frozen sandbox wakes up later: no more than the burst is there.
        passed = max(0.0, min(now - self._at, 1.0))
        self._at = now
        self.rate = min(self.ceiling, self.rate + self.ceiling * FASTER_PER_SECOND * passed)
        self._tokens = min(self._tokens + self.rate * passed, self._burst)
