"""How a setting is declared: its type, its bounds and its meaning, all in the one dataclass field.

By hand and not by pydantic, because every function reads its settings at each cold start.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, field, fields
from typing import Any, Literal, get_args, get_origin

_WORDS = {"true": True, "false": False}


class SettingError(ValueError):
    """A setting is missing, or its value is not allowed; the message says what is."""


def number(meaning: str, *, least: int, most: int, default: Any = MISSING) -> Any:
    return field(default=default, metadata={"meaning": meaning, "least": least, "most": most})


def text(
    meaning: str,
    *,
    pattern: str = r".+",
    example: str = "some text",
    default: Any = MISSING,
    secret: bool = False,
) -> Any:
    """`pattern` must match all of the text; `example` shows what does."""
    return field(
        default=default,
        metadata={"meaning": meaning, "pattern": pattern, "example": example, "secret": secret},
    )


def choice(meaning: str, *, default: Any = MISSING) -> Any:
    """One of the field's Literal, or true and false."""
    return field(default=default, metadata={"meaning": meaning})


def custom(
    meaning: str, *, read: Callable[[object], Any], allowed: str, default_factory: Callable[[], Any]
) -> Any:
    """`read` makes the value, or raises SettingError."""
    return field(
        default_factory=default_factory, metadata={"meaning": meaning, "read": read, "allowed": allowed}
    )


def problems(settings: Any) -> Iterable[tuple[str, str]]:
    """Turn each field of a new instance into its type; yields name and problem of those that are wrong."""
    for one in fields(settings):
        try:
            object.__setattr__(settings, one.name, read(one, getattr(settings, one.name)))
        except SettingError as wrong:
            yield one.name, str(wrong)


def read(one: Field[Any], value: object) -> Any:
    """The value in the field's type, from a text or from the value itself. Raises SettingError."""
    kinds = get_args(one.type) if type(None) in get_args(one.type) else (one.type,)
    if value is None and type(None) in kinds:
        return None
    kind = kinds[0]
    if "read" in one.metadata:
        return one.metadata["read"](value)
    if kind is bool:
        return _flag(value)
    if get_origin(kind) is Literal:
        return _one_of(get_args(kind), value)
    return _number(one.metadata, value) if kind is int else _text(one.metadata, value)


def allowed(one: Field[Any]) -> str:
    """What the setting may be, for a table."""
    kind = next((part for part in get_args(one.type) if part is not type(None)), one.type)
    kind = one.type if get_origin(one.type) is Literal else kind
    if "allowed" in one.metadata:
        return str(one.metadata["allowed"])
    if kind is bool:
        return "true, false"
    if get_origin(kind) is Literal:
        return ", ".join(map(str, get_args(kind)))
    if kind is int:
        return f"{one.metadata['least']:,} to {one.metadata['most']:,}"
    return str(one.metadata["example"])


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if str(value) not in _WORDS:
        raise SettingError(f"must be true or false, not {value}")
    return _WORDS[str(value)]


def _one_of(choices: tuple[Any, ...], value: object) -> Any:
    for known in choices:
        if str(known) == str(value):
            return known
    raise SettingError(f"must be one of {', '.join(map(str, choices))}, not {value}")


def _number(bounds: Mapping[str, Any], value: object) -> int:
    least, most = bounds["least"], bounds["most"]
    if isinstance(value, bool) or not re.fullmatch(r"-?[0-9]{1,18}", str(value)):
        raise SettingError(f"must be a whole number from {least} to {most}, not {value}")
    if not least <= int(str(value)) <= most:
        raise SettingError(f"must be from {least} to {most}, not {value}")
    return int(str(value))


def _text(rule: Mapping[str, Any], value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(rule["pattern"], value):
        given = "" if rule["secret"] else f", not {value!r}"
        raise SettingError(f"must look like {rule['example']}{given}")
    return value
