"""Reading DynamoDB's expressions: text to tokens, tokens to closures over (item, values)."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simulation.memory.errors import invalid
from simulation.memory.values import Item, Value

Operand = Callable[[Mapping[str, Any], Mapping[str, Any]], "Value | None"]
Path = tuple[str, ...]

_TOKEN = re.compile(r"\s*([#:]?[A-Za-z_0-9]+|<>|<=|>=|[=<>(),.+\-])")


class Tokens:
    """A reader of one expression; `used` collects the placeholders it names."""

    def __init__(self, text: str, names: Mapping[str, str]) -> None:
        self.text = text
        self.names = names
        self.used: set[str] = set()
        self._tokens = _split(text)
        self._at = 0

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self._at += 1
        return token

    def takes(self, *expected: str) -> bool:
        """Take the next token if it is one of these words, in any case."""
        if self.peek().upper() in expected:
            self._at += 1
            return True
        return False

    def expect(self, expected: str) -> None:
        if not self.takes(expected):
            raise invalid(f"Invalid expression: syntax error near {self.peek()!r} in {self.text!r}")

    def is_function(self) -> bool:
        return self._at + 1 < len(self._tokens) and self._tokens[self._at + 1] == "("

    def path(self) -> Path:
        parts = [self._name()]
        while self.takes("."):
            parts.append(self._name())
        return tuple(parts)

    def _name(self) -> str:
        token = self.take()
        if token.startswith("#"):
            self.used.add(token)
            if token not in self.names:
                raise invalid(f"An expression attribute name used in expression is not defined: {token}")
            return self.names[token]
        if not token or not (token[0].isalpha() or token[0] == "_"):
            raise invalid(f"Invalid expression: syntax error near {token!r} in {self.text!r}")
        return token

    def operand(self) -> Operand:
        """A value placeholder or a path."""
        token = self.peek()
        if token.startswith(":"):
            self.used.add(self.take())
            return lambda _item, values: values[token]
        path = self.path()
        if len(path) == 1:
            name = path[0]
            return lambda item, _values: item.get(name)
        return lambda item, _values: at_path(item, path)


def at_path(item: Mapping[str, Any], path: Path) -> Value | None:
    value = item.get(path[0])
    for name in path[1:]:
        value = value.get("M", {}).get(name) if value else None
    return value


def put_at_path(item: Item, path: Path, value: Value) -> None:
    """In place; the maps on the way are copied, so that older versions of the item keep theirs."""
    if len(path) == 1:
        item[path[0]] = value
        return
    outer = item.get(path[0])
    if outer is None or "M" not in outer:
        raise invalid("The document path provided in the update expression is invalid for update")
    inner = dict(outer["M"])
    put_at_path(inner, path[1:], value)
    item[path[0]] = {"M": inner}


def remove_at_path(item: Item, path: Path) -> None:
    if len(path) == 1:
        item.pop(path[0], None)
        return
    outer = item.get(path[0])
    if outer is not None and "M" in outer:
        inner = dict(outer["M"])
        remove_at_path(inner, path[1:])
        item[path[0]] = {"M": inner}


def _split(text: str) -> Sequence[str]:
    tokens = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise invalid(f"Invalid expression: syntax error near {text[at:]!r}")
        tokens.append(found[1])
        at = found.end()
    return tokens
