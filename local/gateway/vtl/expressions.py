"""What stands in a template's parentheses: literals, references and operators, as things to evaluate."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from .errors import TemplateFailed
from .methods import call
from .values import Functions, equal, is_number, is_true, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Scope = dict[str, Any]


class Expression(Protocol):
    def value(self, scope: Scope) -> Any:
        """Raise TemplateFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Literal:
    constant: Any

    def value(self, scope: Scope) -> Any:
        del scope
        return self.constant


@dataclass(frozen=True, slots=True)
class ListOf:
    items: Sequence[Expression]

    def value(self, scope: Scope) -> Any:
        return [item.value(scope) for item in self.items]


@dataclass(frozen=True, slots=True)
class Range:
    first: Expression
    last: Expression

    def value(self, scope: Scope) -> Any:
        first, last = self.first.value(scope), self.last.value(scope)
        if not isinstance(first, int) or not isinstance(last, int):
            raise TemplateFailed("a range needs two whole numbers")
        step = 1 if last >= first else -1
        return list(range(first, last + step, step))


@dataclass(frozen=True, slots=True)
class MapOf:
    entries: Sequence[tuple[Expression, Expression]]

    def value(self, scope: Scope) -> Any:
        return {to_text(name.value(scope)): value.value(scope) for name, value in self.entries}


@dataclass(frozen=True, slots=True)
class Property:
    name: str

    def of(self, value: Any, scope: Scope) -> Any:
        del scope
        if isinstance(value, Functions):
            return value.properties.get(self.name)
        return value.get(self.name) if isinstance(value, dict) else None


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: Sequence[Expression]

    def of(self, value: Any, scope: Scope) -> Any:
        return call(value, self.name, [argument.value(scope) for argument in self.arguments])


@dataclass(frozen=True, slots=True)
class Index:
    place: Expression

    def of(self, value: Any, scope: Scope) -> Any:
        place = self.place.value(scope)
        if isinstance(value, list) and isinstance(place, int):
            return value[place] if -len(value) <= place < len(value) else None
        return value.get(to_text(place)) if isinstance(value, dict) else None


Step = Property | Call | Index


@dataclass(frozen=True, slots=True)
class Reference:
    name: str
    steps: Sequence[Step]

    def value(self, scope: Scope) -> Any:
        found = scope.get(self.name)
        for step in self.steps:
            found = step.of(found, scope)
        return found

    def assign(self, value: Any, scope: Scope) -> None:
        """Raise TemplateFailed when what should hold the value is no map."""
        if not self.steps:
            scope[self.name] = value
            return
        holder = Reference(self.name, self.steps[:-1]).value(scope)
        last = self.steps[-1]
        if not isinstance(holder, dict | list) or isinstance(last, Call):
            raise TemplateFailed(f"#set: ${self.name} holds nothing that can be set there")
        place: Any = last.name if isinstance(last, Property) else last.place.value(scope)
        try:
            holder[place] = value
        except (LookupError, TypeError) as exc:
            raise TemplateFailed(f"#set: {exc}") from exc


@dataclass(frozen=True, slots=True)
class Not:
    operand: Expression

    def value(self, scope: Scope) -> Any:
        return not is_true(self.operand.value(scope))


@dataclass(frozen=True, slots=True)
class Both:
    left: Expression
    right: Expression

    def value(self, scope: Scope) -> Any:
        return is_true(self.left.value(scope)) and is_true(self.right.value(scope))


@dataclass(frozen=True, slots=True)
class Either:
    left: Expression
    right: Expression

    def value(self, scope: Scope) -> Any:
        return is_true(self.left.value(scope)) or is_true(self.right.value(scope))


@dataclass(frozen=True, slots=True)
class Operation:
    apply: Callable[[Any, Any], Any]
    left: Expression
    right: Expression

    def value(self, scope: Scope) -> Any:
        return self.apply(self.left.value(scope), self.right.value(scope))


def _plus(left: Any, right: Any) -> Any:
    if isinstance(left, str) or isinstance(right, str):
        return to_text(left) + to_text(right)
    return left + right if is_number(left) and is_number(right) else None


def _arithmetic(apply: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Nothing comes of what is no number, and of a division by zero."""

    def calculate(left: Any, right: Any) -> Any:
        try:
            return apply(left, right) if is_number(left) and is_number(right) else None
        except ZeroDivisionError:
            return None

    return calculate


def _divide(left: Any, right: Any) -> Any:
    whole = isinstance(left, int) and isinstance(right, int)
    return int(left / right) if whole else left / right


def _compare(apply: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda left, right: is_number(left) and is_number(right) and apply(left, right)


OPERATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": _compare(operator.lt),
    "<=": _compare(operator.le),
    ">": _compare(operator.gt),
    ">=": _compare(operator.ge),
    "+": _plus,
    "-": _arithmetic(operator.sub),
    "*": _arithmetic(operator.mul),
    "/": _arithmetic(_divide),
    "%": _arithmetic(operator.mod),
}
