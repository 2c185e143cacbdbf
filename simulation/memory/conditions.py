"""Condition, filter and key-condition expressions, compiled once per text."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulation.memory.errors import invalid
from simulation.memory.syntax import Operand, Tokens
from simulation.memory.values import SETS, Value, equal, ordered, value_bytes

Test = Callable[[Mapping[str, Any], Mapping[str, Any]], bool]

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Condition:
    test: Test
    used: frozenset[str]


def compile_condition(text: str, names: Mapping[str, str]) -> Condition:
    tokens = Tokens(text, names)
    test = _either(tokens)
    if tokens.peek():
        raise invalid(f"Invalid expression: syntax error near {tokens.peek()!r} in {text!r}")
    return Condition(test, frozenset(tokens.used))


def _either(tokens: Tokens) -> Test:
    tests = [_both(tokens)]
    while tokens.takes("OR"):
        tests.append(_both(tokens))
    if len(tests) == 1:
        return tests[0]
    return lambda item, values: any(test(item, values) for test in tests)


def _both(tokens: Tokens) -> Test:
    tests = [_one(tokens)]
    while tokens.takes("AND"):
        tests.append(_one(tokens))
    if len(tests) == 1:
        return tests[0]
    return lambda item, values: all(test(item, values) for test in tests)


def _one(tokens: Tokens) -> Test:
    if tokens.takes("NOT"):
        inner = _one(tokens)
        return lambda item, values: not inner(item, values)
    if tokens.takes("("):
        inner = _either(tokens)
        tokens.expect(")")
        return inner
    if tokens.is_function() and tokens.peek() != "size":
        return _function(tokens)
    left = _operand(tokens)
    if tokens.takes("BETWEEN"):
        low = _operand(tokens)
        tokens.expect("AND")
        high = _operand(tokens)
        above, below = _ordering(">=", left, low), _ordering("<=", left, high)
        return lambda item, values: above(item, values) and below(item, values)
    if tokens.takes("IN"):
        tokens.expect("(")
        choices = [_operand(tokens)]
        while tokens.takes(","):
            choices.append(_operand(tokens))
        tokens.expect(")")
        tests = [_equality(left, choice, wanted=True) for choice in choices]
        return lambda item, values: any(test(item, values) for test in tests)
    sign = tokens.take()
    right = _operand(tokens)
    if sign in _ORDER:
        return _ordering(sign, left, right)
    if sign not in ("=", "<>"):
        raise invalid(f"Invalid expression: syntax error near {sign!r} in {tokens.text!r}")
    return _equality(left, right, wanted=sign == "=")


def _operand(tokens: Tokens) -> Operand:
    if tokens.is_function():
        tokens.expect("SIZE")
        tokens.expect("(")
        path = tokens.operand()
        tokens.expect(")")
        return lambda item, values: _size(path(item, values))
    return tokens.operand()


def _function(tokens: Tokens) -> Test:
    name = tokens.take()
    tokens.expect("(")
    path = tokens.operand()
    if name in ("attribute_exists", "attribute_not_exists"):
        tokens.expect(")")
        if name == "attribute_exists":
            return lambda item, values: path(item, values) is not None
        return lambda item, values: path(item, values) is None
    tokens.expect(",")
    operand = tokens.operand()
    tokens.expect(")")
    if name == "begins_with":
        return lambda item, values: _begins(path(item, values), operand(item, values))
    if name == "contains":
        return lambda item, values: _contains(path(item, values), operand(item, values))
    if name == "attribute_type":
        return lambda item, values: (operand(item, values) or {}).get("S") in (path(item, values) or {})
    raise invalid(f"Invalid function name; function: {name}")


def _ordering(sign: str, left: Operand, right: Operand) -> Test:
    compare = _ORDER[sign]

    def test(item: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
        mine, theirs = left(item, values), right(item, values)
        if mine is None or theirs is None:
            return False
        pair = ordered(mine, theirs)
        return pair is not None and compare(*pair)

    return test


def _equality(left: Operand, right: Operand, *, wanted: bool) -> Test:
    def test(item: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
        mine, theirs = left(item, values), right(item, values)
        # What is not there is equal to nothing, and unequal to everything.
        return (mine is not None and theirs is not None and equal(mine, theirs)) is wanted

    return test


def _begins(value: Value | None, prefix: Value | None) -> bool:
    if not value or not prefix:
        return False
    return any(kind in value and kind in prefix and value[kind].startswith(prefix[kind]) for kind in "SB")


def _contains(value: Value | None, wanted: Value | None) -> bool:
    if not value or not wanted:
        return False
    kind, content = next(iter(value.items()))
    if kind in SETS:
        return wanted.get(kind[0]) in content
    if kind == "L":
        return any(equal(one, wanted) for one in content)
    return kind in ("S", "B") and kind in wanted and wanted[kind] in content


def _size(value: Value | None) -> Value | None:
    if value is None:
        return None
    kind, content = next(iter(value.items()))
    return {"N": str(value_bytes(value) if kind == "S" else len(content))}
