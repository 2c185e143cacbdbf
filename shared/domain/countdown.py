"""What is left until the moment that a reminder reminds of, as its payload says it."""

from tidings.fields import Left

_MINUTES_PER_HOUR = 60
_HOURS_PER_DAY = 24


def told(left: Left, seconds: float) -> str | float:
    """What is left, in the form that a field declares."""
    return words_for(seconds) if left is Left.WORDS else hours_for(seconds)


def words_for(seconds: float) -> str:
    """The remaining time as in "1 day", "1 hour", "15 minutes".

    One unit only: a client that reads "minutes" may take it for less than an hour to go.
    """
    minutes = max(1, round(seconds / 60))
    if minutes < _MINUTES_PER_HOUR:
        return _counted(minutes, "minute")
    hours = round(minutes / _MINUTES_PER_HOUR)
    if hours < _HOURS_PER_DAY:
        return _counted(hours, "hour")
    return _counted(round(hours / _HOURS_PER_DAY), "day")


def hours_for(seconds: float) -> float:
    """Hours to one decimal place; whole ones as the guide shows them, without it."""
    hours = round(seconds / 3600, 1)
    return int(hours) if hours == int(hours) else hours


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
