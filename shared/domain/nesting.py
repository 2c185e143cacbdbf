"""How deeply JSON is nested, found without recursion: parsers and encoders have none to spare."""

from collections.abc import Iterable
from typing import Any


def is_text_deeper_than(levels: int, text: str) -> bool:
    """For JSON text, before it is parsed. Reads it once."""
    if text.count("[") + text.count("{") <= levels:
        return False
    depth = 0
    in_string = escaped = False
    for character in text:
        if escaped:
            escaped = False
        elif in_string:
            escaped = character == "\\"
            in_string = character != '"'
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > levels:
                return True
        elif character in "]}":
            depth -= 1
    return False


def is_value_deeper_than(levels: int, value: Any) -> bool:
    """For values that were parsed already."""
    layer = _containers([value])
    for _ in range(levels):
        layer = [inner for outer in layer for inner in _containers(_inside(outer))]
        if not layer:
            return False
    return bool(layer)


def _inside(container: Any) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container


def _containers(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if isinstance(value, dict | list)]
