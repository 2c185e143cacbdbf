"""Channels, as an application declares them: their names, their parameters, and who may join."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from inspect import signature
from typing import Any

from tidings.errors import DeclarationError

PLAIN = re.compile(r"[a-z0-9_.-]{1,64}")
_VALUE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_PARAMETER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
# A connection's row names its channels, and each of its messages writes the row: so names stay short.
MOST_SEGMENTS = 5
MOST_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks to join a channel: what a channel's rule decides on."""

    user_id: str | None
    claims: Mapping[str, Any] = field(default_factory=dict)
    """Of the claims that the channel names, those that the token has."""


@dataclass(frozen=True, slots=True)
class Channel:
    """What clients subscribe to: `news`, or `orders/{order_id}`, of which `orders/42` is one."""

    name: str
    keep: timedelta = timedelta(hours=24)
    """How long its events can be read again, at most 30 days; 0: they are not kept and have no offsets."""
    may_join: Callable[..., bool] | None = None
    """A pure function, `rule(who, order_id="42")`: asked for those whose token does not name the channel."""
    claims: Sequence[str] = ()
    """The token's claims that the rule reads: these are kept with the connection, and no others."""
    parameters: tuple[str, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        first, *others = self.name.split("/")
        if not all(PLAIN.fullmatch(one) for one in (first, *others) if not _PARAMETER.fullmatch(one)):
            raise self._wrong("use a-z, 0-9, '_', '.', '-', at most 64 of them, and {names} between slashes")
        parameters = tuple(one[1:-1] for one in (first, *others) if _PARAMETER.fullmatch(one))
        object.__setattr__(self, "parameters", parameters)
        # So a slash tells the two kinds apart, also where only the name is known.
        if others and not parameters:
            raise self._wrong("only a channel with a {parameter} has slashes in its name")
        if _PARAMETER.fullmatch(first):
            raise self._wrong("it begins with a plain part, so that names tell what they are of")
        if len(set(parameters)) < len(parameters):
            raise self._wrong("it has a parameter twice")
        if len(others) >= MOST_SEGMENTS:
            raise self._wrong(f"it has more than {MOST_SEGMENTS} parts")
        if not timedelta() <= self.keep <= MOST_KEPT:
            raise self._wrong(f"keep is from 0 to 30 days, not {self.keep}")
        self._check_rule()

    def _check_rule(self) -> None:
        if self.may_join is None:
            if self.claims:
                raise self._wrong("claims are for a rule, and it has none")
            return
        if isinstance(self.claims, str):
            raise self._wrong(f"claims is a tuple of names: ({self.claims!r},)")
        try:
            signature(self.may_join).bind(Who(None), **dict.fromkeys(self.parameters, ""))
        except TypeError as exc:
            called = ", ".join(("who", *self.parameters))
            raise self._wrong(f"its rule is called with ({called}): {exc}") from exc

    def _wrong(self, problem: str) -> DeclarationError:
        return DeclarationError(f"channel {self.name!r}: {problem}")

    def values_in(self, name: str) -> dict[str, str] | None:
        """The parameters' values in a name that clients say; None when it is no name of this channel."""
        declared, said = self.name.split("/"), name.split("/")
        if len(declared) != len(said):
            return None
        values = {}
        for segment, text in zip(declared, said, strict=True):
            if segment.startswith("{"):
                if not _VALUE.fullmatch(text):
                    return None
                values[segment[1:-1]] = text
            elif segment != text:
                return None
        return values

    def filled(self, data: Mapping[str, Any]) -> str:
        """The name that a payload's fields make. Raises ValueError, whose words begin with the field."""
        name = self.name
        for parameter in self.parameters:
            value = data.get(parameter)
            text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
            if not _VALUE.fullmatch(text):
                raise ValueError(
                    f"{parameter}: {str(value)[:80]!r} cannot be part of {self.name}: "
                    "use A-Z, a-z, 0-9, '_', '.', '-', at most 64 of them"
                )
            name = name.replace(f"{{{parameter}}}", text)
        return name

    def overlaps(self, other: "Channel") -> bool:
        """Whether one name could mean both."""
        mine, others = self.name.split("/"), other.name.split("/")
        return len(mine) == len(others) and all(
            a == b or "{" in a + b for a, b in zip(mine, others, strict=True)
        )
