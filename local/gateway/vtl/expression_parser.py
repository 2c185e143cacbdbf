"""Reads references and expressions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .errors import TemplateSyntaxError
from .expressions import (
    OPERATIONS,
    Both,
    Call,
    Either,
    Expression,
    Index,
    ListOf,
    Literal,
    MapOf,
    Not,
    Operation,
    Property,
    Range,
    Reference,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .expressions import Step
    from .scanner import Scanner

_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_REFERENCE = re.compile(rf"\$!?(\{{?)({_NAME})")
_METHOD = re.compile(rf"\.({_NAME})\(")
_PROPERTY = re.compile(rf"\.({_NAME})")
_SPACE = re.compile(r"\s*")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_WORD = re.compile(r"(true|false|null)\b")
_CONSTANTS = {"true": True, "false": False, "null": None}
_SINGLE = re.compile(r"'((?:[^']|'')*)'")
_DOUBLE = re.compile(r'"((?:[^"]|"")*)"')
_RANGE = re.compile(r"\s*\.\.\s*")
_NOT = re.compile(r"!|not\b")
# Weakest first; words are the other way to write the signs.
_LEVELS = tuple(
    re.compile(rf"\s*({signs})")
    for signs in (
        r"\|\||or\b",
        r"&&|and\b",
        r"==|!=|eq\b|ne\b",
        r"<=|>=|<|>|lt\b|le\b|gt\b|ge\b",
        r"\+|-",
        r"\*|/|%",
    )
)
_WORDS = {
    "or": "||",
    "and": "&&",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
}


def punctuation(sign: str) -> re.Pattern[str]:
    return re.compile(rf"\s*{re.escape(sign)}")


_COMMA, _COLON = punctuation(","), punctuation(":")
_OPEN, _CLOSE = re.compile(r"\("), punctuation(")")
_OPEN_LIST, _CLOSE_LIST = re.compile(r"\["), punctuation("]")
_OPEN_MAP, _CLOSE_MAP = re.compile(r"\{"), punctuation("}")


class ExpressionParser:
    """`interpolate` reads the text between double quotes."""

    def __init__(self, scanner: Scanner, interpolate: Callable[[str], Expression]) -> None:
        self._scanner = scanner
        self._interpolate = interpolate

    def reference(self) -> Reference | None:
        start = self._scanner.place
        found = self._scanner.take(_REFERENCE)
        if found is None:
            return None
        braced, name = found.groups()
        steps: list[Step] = []
        while (step := self._step()) is not None:
            steps.append(step)
        if braced and self._scanner.take(_CLOSE_MAP) is None:
            self._scanner.place = start  # no reference after all, as in `${a b}`
            return None
        return Reference(name, steps)

    def expression(self, level: int = 0) -> Expression:
        if level == len(_LEVELS):
            return self._operand()
        left = self.expression(level + 1)
        while (sign := self._scanner.take(_LEVELS[level])) is not None:
            right = self.expression(level + 1)
            left = _combined(_WORDS.get(sign[1], sign[1]), left, right)
        return left

    def _step(self) -> Step | None:
        if (method := self._scanner.take(_METHOD)) is not None:
            return Call(method[1], self._items(_CLOSE, ")"))
        if (named := self._scanner.take(_PROPERTY)) is not None:
            return Property(named[1])
        start = self._scanner.place
        if self._scanner.take(_OPEN_LIST) is None:
            return None
        try:
            place = self.expression()
            self._scanner.require(_CLOSE_LIST, "]")
        except TemplateSyntaxError:
            self._scanner.place = start  # plain text that begins with a bracket
            return None
        return Index(place)

    def _operand(self) -> Expression:
        scanner = self._scanner
        scanner.take(_SPACE)
        if scanner.take(_NOT):
            return Not(self._operand())
        found = self.reference() or self._constant() or self._collection()
        if found is not None:
            return found
        scanner.require(_OPEN, "a value")
        inner = self.expression()
        scanner.require(_CLOSE, ")")
        return inner

    def _constant(self) -> Expression | None:
        scanner = self._scanner
        if (number := scanner.take(_NUMBER)) is not None:
            return Literal(float(number[0]) if number[1] else int(number[0]))
        if (word := scanner.take(_WORD)) is not None:
            return Literal(_CONSTANTS[word[1]])
        if (text := scanner.take(_SINGLE)) is not None:
            return Literal(text[1].replace("''", "'"))
        if (text := scanner.take(_DOUBLE)) is not None:
            return self._interpolate(text[1].replace('""', '"'))
        return None

    def _collection(self) -> Expression | None:
        if self._scanner.take(_OPEN_LIST):
            return self._list()
        if self._scanner.take(_OPEN_MAP):
            return self._map()
        return None

    def _list(self) -> Expression:
        scanner = self._scanner
        if scanner.take(_CLOSE_LIST):
            return ListOf(())
        first = self.expression()
        if scanner.take(_RANGE):
            span = Range(first, self.expression())
            scanner.require(_CLOSE_LIST, "]")
            return span
        items = [first]
        while scanner.take(_COMMA):
            items.append(self.expression())
        scanner.require(_CLOSE_LIST, "]")
        return ListOf(items)

    def _map(self) -> Expression:
        entries: list[tuple[Expression, Expression]] = []
        if self._scanner.take(_CLOSE_MAP):
            return MapOf(entries)
        while True:
            name = self.expression()
            self._scanner.require(_COLON, ":")
            entries.append((name, self.expression()))
            if not self._scanner.take(_COMMA):
                break
        self._scanner.require(_CLOSE_MAP, "}")
        return MapOf(entries)

    def _items(self, end: re.Pattern[str], sign: str) -> list[Expression]:
        if self._scanner.take(end):
            return []
        items = [self.expression()]
        while self._scanner.take(_COMMA):
            items.append(self.expression())
        self._scanner.require(end, sign)
        return items


def _combined(sign: str, left: Expression, right: Expression) -> Any:
    if sign == "&&":
        return Both(left, right)
    if sign == "||":
        return Either(left, right)
    return Operation(OPERATIONS[sign], left, right)
