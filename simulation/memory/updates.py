"""Update expressions (SET, REMOVE, ADD, DELETE), compiled once per text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulation.memory.errors import invalid
from simulation.memory.syntax import Operand, Path, Tokens, at_path, put_at_path, remove_at_path
from simulation.memory.values import SETS, Item, Value, number, stored

# What becomes of a path: its new value, None to remove it.
Action = tuple[Path, Callable[[Mapping[str, Any], Mapping[str, Any]], "Value | None"]]


@dataclass(frozen=True, slots=True)
class Update:
    actions: tuple[Action, ...]
    touched: tuple[str, ...]
    """The top-level attributes that it names as targets."""
    used: frozenset[str]

    def apply(self, item: Mapping[str, Any], values: Mapping[str, Any]) -> Item:
        """A changed copy. Every operand is read from the item as it was."""
        made = [(path, action(item, values)) for path, action in self.actions]
        changed = dict(item)
        for path, value in made:
            if value is None:
                remove_at_path(changed, path)
            else:
                put_at_path(changed, path, value)
        return changed


def compile_update(text: str, names: Mapping[str, str]) -> Update:
    tokens = Tokens(text, names)
    actions: list[Action] = []
    clauses = {"SET": _set, "REMOVE": _remove, "ADD": _add, "DELETE": _delete}
    while tokens.peek():
        clause = clauses.pop(tokens.take().upper(), None)
        if clause is None:
            raise invalid(f"Invalid UpdateExpression: a clause is unknown or comes twice in {text!r}")
        actions.append(clause(tokens))
        while tokens.takes(","):
            actions.append(clause(tokens))
    touched = tuple(dict.fromkeys(path[0] for path, _ in actions))
    if len({path for path, _ in actions}) != len(actions):
        raise invalid("Invalid UpdateExpression: Two document paths overlap with each other")
    return Update(tuple(actions), touched, frozenset(tokens.used))


def _set(tokens: Tokens) -> Action:
    path = tokens.path()
    tokens.expect("=")
    first = _operand(tokens)
    sign = tokens.peek()
    if sign not in ("+", "-"):
        return path, lambda item, values: stored(_present(first(item, values)))
    tokens.take()
    second = _operand(tokens)
    return path, lambda item, values: _sum(first(item, values), second(item, values), sign)


def _operand(tokens: Tokens) -> Operand:
    if not tokens.is_function():
        return tokens.operand()
    name = tokens.take()
    tokens.expect("(")
    first = tokens.operand()
    tokens.expect(",")
    second = tokens.operand()
    tokens.expect(")")
    if name == "if_not_exists":
        return lambda item, values: found if (found := first(item, values)) else second(item, values)
    if name == "list_append":
        return lambda item, values: {
            "L": [*_present(first(item, values))["L"], *_present(second(item, values))["L"]]
        }
    raise invalid(f"Invalid UpdateExpression: Invalid function name; function: {name}")


def _remove(tokens: Tokens) -> Action:
    return tokens.path(), lambda _item, _values: None


def _add(tokens: Tokens) -> Action:
    path, operand = tokens.path(), tokens.operand()

    def add(item: Mapping[str, Any], values: Mapping[str, Any]) -> Value:
        present, more = at_path(item, path), _present(operand(item, values))
        if present is None:
            return stored(more)
        if "N" in more:
            return _sum(present, more, "+")
        kind = _set_kind(present, more)
        return {kind: list(dict.fromkeys([*present[kind], *more[kind]]))}

    return path, add


def _delete(tokens: Tokens) -> Action:
    path, operand = tokens.path(), tokens.operand()

    def delete(item: Mapping[str, Any], values: Mapping[str, Any]) -> Value | None:
        present, less = at_path(item, path), _present(operand(item, values))
        if present is None:
            return None
        kind = _set_kind(present, less)
        left = [one for one in present[kind] if one not in less[kind]]
        return {kind: left} if left else None

    return path, delete


def _set_kind(present: Value, other: Value) -> str:
    for kind in SETS:
        if kind in present and kind in other:
            return kind
    raise invalid("An operand in the update expression has an incorrect data type")


def _sum(left: Value | None, right: Value | None, sign: str) -> Value:
    first, second = _present(left), _present(right)
    if "N" not in first or "N" not in second:
        raise invalid("An operand in the update expression has an incorrect data type")
    amount = number(second["N"])
    return stored({"N": str(number(first["N"]) + (amount if sign == "+" else -amount))})


def _present(value: Value | None) -> Value:
    if value is None:
        raise invalid("The provided expression refers to an attribute that does not exist in the item")
    return value
