"""Timestamps as the wire words them: UTC, whole seconds, a Z at the end."""

from datetime import UTC, datetime


def wire_time(epoch_seconds: float) -> str:
    """`2025-11-14T15:00:00Z` for seconds since the epoch."""
    return datetime.fromtimestamp(int(epoch_seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(text: str) -> float:
    """Seconds since the epoch of an ISO 8601 timestamp that names its offset (`Z` or `+02:00`).

    Raises ValueError when it cannot be read, or has no offset: a time without one means a different
    moment to every reader.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no UTC offset: end it with Z or +hh:mm")
    try:
        return moment.timestamp()
    except OverflowError as exc:
        raise ValueError(f"{text!r} lies outside the calendar") from exc


def delay_until(moment: float, now: float) -> int:
    """Whole seconds to wait, rounded up: never early."""
    return max(0, -int(-(moment - now) // 1))
