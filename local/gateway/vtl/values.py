"""The values of a template: JSON's, as Java shows and compares them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class JsonList(list[Any]):
    """A list that came out of JSON: as text it is JSON, where a list that the template made is `[a, b]`."""


@dataclass(frozen=True, slots=True)
class Functions:
    """An object that has properties and methods and no text of its own, such as `$input` and `$util`."""

    methods: Mapping[str, Callable[..., Any]]
    properties: Mapping[str, Any] = field(default_factory=dict)


def from_json(value: Any) -> Any:
    """Mark the lists within a value that json.loads gave."""
    if isinstance(value, dict):
        return {name: from_json(item) for name, item in value.items()}
    if isinstance(value, list):
        return JsonList(from_json(item) for item in value)
    return value


def to_json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def to_text(value: Any) -> str:
    """As a reference in a template shows it. A value that is not there is an empty text."""
    if value is None or isinstance(value, Functions):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, JsonList):
        return to_json(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={_item(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_item(item) for item in value) + "]"
    return str(value)


def _item(value: Any) -> str:
    return "null" if value is None else to_text(value)


def is_true(value: Any) -> bool:
    """Only null and false are not: an empty text is true."""
    return value is not None and value is not False


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def equal(left: Any, right: Any) -> bool:
    """Values of different kinds are compared as text."""
    if left is None or right is None:
        return left is right
    if (is_number(left) and is_number(right)) or type(left) is type(right):
        return bool(left == right)
    return to_text(left) == to_text(right)
