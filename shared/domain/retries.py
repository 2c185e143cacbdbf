"""How long a queue message that failed waits before it is tried again."""

# Twelve receives with these waits cover about twenty minutes.
WAIT_SECONDS_MAX = 300


def retry_wait_seconds(receives: int, *, jitter: float) -> int:
    """1 to 2 s after the first receive, doubled with each: a number from its upper half, chosen by `jitter`.

    `jitter` is a random number in [0, 1), so that messages that failed together do not come back together.
    """
    longest: int = min(WAIT_SECONDS_MAX, 1 << min(receives, 16))
    return max(1, round(longest * (1 + jitter) / 2))
