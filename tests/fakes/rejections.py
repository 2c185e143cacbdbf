"""The rejected-events queue in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Rejection:
    kind: str
    reasons: tuple[str, ...]
    content: Mapping[str, Any]


@dataclass
class FakeRejections:
    kept: list[Rejection] = field(default_factory=list)

    def put(self, kind: str, *, reasons: Sequence[str], content: Mapping[str, Any]) -> None:
        self.kept.append(Rejection(kind, tuple(reasons), content))
