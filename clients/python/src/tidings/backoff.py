"""How long to wait before the next try."""


def full_jitter(attempt: int, *, base_seconds: float, cap_seconds: float, chance: float) -> float:
    """A random wait between nothing and a bound that doubles with each attempt (counted from 0).

    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    return chance * min(cap_seconds, base_seconds * 2.0 ** min(attempt, 30))
