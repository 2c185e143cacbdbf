"""DynamoDB's attribute values: numbers, equality, order, sizes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from simulation.memory.errors import invalid

Value = Mapping[str, Any]
Item = dict[str, Any]

NUMBER_DIGITS = 38
SETS = ("SS", "NS", "BS")


@lru_cache(maxsize=65_536)
def number(text: str) -> Decimal:
    """Exact, as DynamoDB counts."""
    try:
        return Decimal(text)
    except InvalidOperation as exc:
        raise invalid(f"The parameter cannot be converted to a numeric value: {text}") from exc


@lru_cache(maxsize=65_536)
def stored_number(text: str) -> str:
    """A number as DynamoDB gives it back: no zeros that say nothing, no exponent."""
    value = number(text)
    if len(value.as_tuple().digits) > NUMBER_DIGITS or not value.is_finite():
        raise invalid(f"Attempting to store more than {NUMBER_DIGITS} significant digits in a Number")
    plain = format(value, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in ("-0", "") else plain


def stored(value: Value) -> Value:
    """A value as it is kept: numbers normalised, empty sets refused."""
    for kind, content in value.items():
        if kind == "N":
            return {"N": stored_number(content)}
        if kind == "M":
            return {"M": {name: stored(inner) for name, inner in content.items()}}
        if kind == "L":
            return {"L": [stored(inner) for inner in content]}
        if kind in SETS:
            if not content:
                raise invalid("One or more parameter values were invalid: An set may not be empty")
            return {kind: list(dict.fromkeys(content))}
    return value


def equal(left: Value, right: Value) -> bool:
    (kind, mine), (other_kind, theirs) = next(iter(left.items())), next(iter(right.items()))
    if kind != other_kind:
        return False
    if kind == "N":
        return bool(number(mine) == number(theirs))
    if kind in SETS:
        return bool(set(mine) == set(theirs))
    return bool(mine == theirs)


def ordered(left: Value, right: Value) -> tuple[Any, Any] | None:
    """Two things that Python compares as DynamoDB does; None for kinds that have no order among them."""
    if "N" in left and "N" in right:
        return number(left["N"]), number(right["N"])
    for kind in ("S", "B"):
        if kind in left and kind in right:
            return left[kind], right[kind]
    return None


def sort_key(value: Value) -> Any:
    """A key attribute as something Python sorts as DynamoDB does."""
    return number(value["N"]) if "N" in value else value["S"] if "S" in value else value["B"]


def item_bytes(item: Mapping[str, Value]) -> int:
    return sum(len(name.encode()) + value_bytes(value) for name, value in item.items())


def value_bytes(value: Value) -> int:
    kind, content = next(iter(value.items()))
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return _number_bytes(content)
    if kind == "M":
        return 3 + sum(len(name.encode()) + value_bytes(inner) + 1 for name, inner in content.items())
    if kind == "L":
        return 3 + sum(value_bytes(inner) + 1 for inner in content)
    if kind == "SS":
        return sum(len(text.encode()) for text in content)
    if kind == "NS":
        return sum(_number_bytes(text) for text in content)
    if kind == "BS":
        return sum(len(data) for data in content)
    return len(content) if kind == "B" else 1


@lru_cache(maxsize=65_536)
def _number_bytes(text: str) -> int:
    """Two digits a byte, one byte more, and one for a minus."""
    digits = text.lstrip("-").replace(".", "").strip("0") or "0"
    return (len(digits) + 1) // 2 + 1 + text.startswith("-")
