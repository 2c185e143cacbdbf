"""Declaring reminders: messages that the system sends at moments before one that an event names."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tidings.errors import DeclarationError

# Keys of the schedule table that begin so are not reminders'.
RESERVED = ("bookmark", "event", "key", "unseen", "window")
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))
_MOST_BEFORE = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Reminder:
    """`@event(…, plans=reminder)` plans it, `moves=` moves it, `drops=` drops what is planned.

    Its data are the fields that its own payload declares, as the planning event has them. Fields of the types
    `TimeLeft` and `HoursLeft` are filled in when it is sent.
    """

    type: str
    """The event type that is sent."""
    before: timedelta | Sequence[timedelta]
    """How long before the moment, from 1 second to 365 days. A sequence is as many reminders."""
    at: str
    """The field with the moment, a Timestamp."""
    key: str
    """The field that says what it is about: an event moves the plans of its own user and key only."""
    dropped_when: Mapping[str, Collection[Any]] = field(default_factory=dict)
    """An event with one of these values drops what is planned."""
    even_late: bool = False
    """It is sent however late it is. Else not when the moment of `at` has come, and what is due before it is
    planned is left out."""
    extra_fields: bool = False
    """Fields that no payload declares go along, too."""
    stored_as: str = ""
    """What the keys of its plans begin with, by default the type. What is planned under another is lost."""

    def __post_init__(self) -> None:
        spans = [self.before] if isinstance(self.before, timedelta) else [*self.before]
        whole = all(
            span.total_seconds().is_integer() and timedelta() < span <= _MOST_BEFORE for span in spans
        )
        if not whole or not spans or len(set(spans)) < len(spans):
            raise DeclarationError(
                f"reminder {self.type}: before= takes whole seconds, from 1 second to 365 days, each once"
            )
        if any(isinstance(values, str) for values in self.dropped_when.values()):
            raise DeclarationError(f"reminder {self.type}: dropped_when= takes lists of values")
        if self.prefix in RESERVED or ":" in self.prefix:
            raise DeclarationError(
                f"reminder {self.type}: {self.prefix!r} cannot begin the keys of its plans"
            )

    @property
    def prefix(self) -> str:
        return self.stored_as or self.type

    @property
    def offsets(self) -> list[tuple[str, int]]:
        """What the key of each plan ends with, and how many seconds before the moment it is due."""
        if isinstance(self.before, timedelta):
            return [("", int(self.before.total_seconds()))]
        return [(f":{_short(span)}", int(span.total_seconds())) for span in self.before]


def _short(span: timedelta) -> str:
    """`1d`, `90m`: in the largest unit that divides it."""
    seconds = int(span.total_seconds())
    size, unit = next(one for one in _UNITS if seconds % one[0] == 0)
    return f"{seconds // size}{unit}"
