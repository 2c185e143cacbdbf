"""How deeply a value is nested. Encoders are recursive, so it is limited before we write it anywhere."""

from collections.abc import Iterable
from typing import Any


def is_deeper_than(levels: int, value: Any) -> bool:
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
