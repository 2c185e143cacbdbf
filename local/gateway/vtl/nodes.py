"""The parts of a template that has been read, and what its directives do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .values import is_true, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .expressions import Expression, Reference, Scope


class LeaveLoop(Exception):
    """#break: leave the innermost #foreach."""


class LeaveTemplate(Exception):
    """#stop: leave the template."""


class Node(Protocol):
    def write(self, scope: Scope, out: list[str]) -> None:
        """Raise TemplateFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    text: str

    def write(self, scope: Scope, out: list[str]) -> None:
        del scope
        out.append(self.text)


@dataclass(frozen=True, slots=True)
class Shown:
    reference: Reference

    def write(self, scope: Scope, out: list[str]) -> None:
        out.append(to_text(self.reference.value(scope)))


@dataclass(frozen=True, slots=True)
class Set:
    reference: Reference
    expression: Expression

    def write(self, scope: Scope, out: list[str]) -> None:
        del out
        self.reference.assign(self.expression.value(scope), scope)


@dataclass(frozen=True, slots=True)
class If:
    """The first branch whose condition holds. #else is a branch whose condition always does."""

    branches: Sequence[tuple[Expression, Sequence[Node]]]

    def write(self, scope: Scope, out: list[str]) -> None:
        for condition, body in self.branches:
            if is_true(condition.value(scope)):
                write_all(body, scope, out)
                return


@dataclass(frozen=True, slots=True)
class Foreach:
    name: str
    items: Expression
    body: Sequence[Node]

    def write(self, scope: Scope, out: list[str]) -> None:
        items = self.items.value(scope)
        if isinstance(items, dict):
            items = list(items.values())
        if not isinstance(items, list):  # nothing, or what is no collection
            return
        outer = {name: scope.get(name) for name in (self.name, "foreach", "velocityCount", "velocityHasNext")}
        try:
            for index, item in enumerate(items):
                has_next = index + 1 < len(items)
                scope |= {
                    self.name: item,
                    "velocityCount": index + 1,
                    "velocityHasNext": has_next,
                    "foreach": {
                        "index": index,
                        "count": index + 1,
                        "hasNext": has_next,
                        "first": index == 0,
                        "last": not has_next,
                        "parent": outer["foreach"],
                    },
                }
                write_all(self.body, scope, out)
        except LeaveLoop:
            pass
        finally:
            scope |= outer


@dataclass(frozen=True, slots=True)
class Break:
    def write(self, scope: Scope, out: list[str]) -> None:
        del scope, out
        raise LeaveLoop


@dataclass(frozen=True, slots=True)
class Stop:
    def write(self, scope: Scope, out: list[str]) -> None:
        del scope, out
        raise LeaveTemplate


def write_all(nodes: Iterable[Node], scope: Scope, out: list[str]) -> None:
    for node in nodes:
        node.write(scope, out)


@dataclass(frozen=True, slots=True)
class Interpolated:
    """A text in double quotes: a template within the template."""

    nodes: Sequence[Node]

    def value(self, scope: Scope) -> str:
        out: list[str] = []
        write_all(self.nodes, scope, out)
        return "".join(out)
