"""When a scheduled rule fires next: rate() and cron() as EventBridge reads them, in UTC, to the minute.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

UNIT_SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400}
MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
MONTHS = {name: place for place, name in enumerate(MONTH_NAMES, 1)}
DAYS = {name: place for place, name in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], 1)}
# Beyond that a cron expression that matches no day (31 February) is given up.
HORIZON_DAYS = 366 * 8


class ScheduleError(ValueError):
    """The expression is not one that EventBridge, or the local run, understands."""


class Expression(Protocol):
    def next_after(self, moment: float) -> float:
        """The first time strictly later, in seconds since the epoch."""
        ...


@dataclass(frozen=True, slots=True)
class Rate:
    """Aligned to the clock: on AWS it counts from the rule's creation, which a test could not foresee."""

    seconds: int

    def next_after(self, moment: float) -> float:
        return (moment // self.seconds + 1) * self.seconds


@dataclass(frozen=True, slots=True)
class Cron:
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] | None
    months: frozenset[int]
    weekdays: frozenset[int] | None
    years: frozenset[int]

    def next_after(self, moment: float) -> float:
        first = datetime.fromtimestamp(moment, UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        day = first.date()
        for _ in range(HORIZON_DAYS):
            if day.year in self.years and day.month in self.months and self._on(day.day, day.isoweekday()):
                for hour in sorted(self.hours):
                    for minute in sorted(self.minutes):
                        found = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
                        if found >= first:
                            return found.timestamp()
            day += timedelta(days=1)
        raise ScheduleError("the cron expression matches no day in the next eight years")

    def _on(self, day: int, iso_weekday: int) -> bool:
        if self.days is not None:
            return day in self.days
        assert self.weekdays is not None  # noqa: S101 - parse() asks for exactly one of the two
        return iso_weekday % 7 + 1 in self.weekdays


def parse(expression: str) -> Expression:
    """Raises ScheduleError."""
    kind, _, rest = expression.strip().partition("(")
    inner = rest.removesuffix(")").strip()
    if kind == "rate":
        return _rate(inner, expression)
    if kind == "cron":
        return _cron(inner, expression)
    raise ScheduleError(f"want rate(…) or cron(…), not {expression!r}")


def _rate(inner: str, expression: str) -> Rate:
    match = re.fullmatch(r"(\d+) (minute|hour|day)(s?)", inner)
    if match is None or int(match[1]) == 0 or (int(match[1]) == 1) == bool(match[3]):
        raise ScheduleError(f"want for example rate(1 minute) or rate(5 minutes), not {expression!r}")
    return Rate(int(match[1]) * UNIT_SECONDS[match[2]])


def _cron(inner: str, expression: str) -> Cron:
    fields = inner.split()
    if len(fields) != 6:  # noqa: PLR2004 - minutes hours day month weekday year
        raise ScheduleError(f"cron has six fields, not {len(fields)}: {expression!r}")
    minutes, hours, days, months, weekdays, years = fields
    if (days == "?") == (weekdays == "?"):
        raise ScheduleError(f"exactly one of day-of-month and day-of-week must be ?: {expression!r}")
    try:
        return Cron(
            minutes=_values(minutes, 0, 59),
            hours=_values(hours, 0, 23),
            days=None if days == "?" else _values(days, 1, 31),
            months=_values(months, 1, 12, MONTHS),
            weekdays=None if weekdays == "?" else _values(weekdays, 1, 7, DAYS),
            years=_values(years, 1970, 2199),
        )
    except ValueError as exc:
        raise ScheduleError(f"{expression!r}: {exc} (L, W and # are not part of the local run)") from exc


def _values(field: str, low: int, high: int, names: Mapping[str, int] | None = None) -> frozenset[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            start, end = low, high
        else:
            start = _number(first, names)
            end = _number(last, names) if dash else high if step else start
        if not low <= start <= high or not low <= end <= high:
            raise ValueError(f"{part} is outside {low}-{high}")
        found.update(range(start, end + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str, names: Mapping[str, int] | None) -> int:
    return names[text.upper()] if names and text.upper() in names else int(text)
