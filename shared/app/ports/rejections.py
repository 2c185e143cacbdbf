"""What could not be delivered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """What could not be delivered, with the reasons, for a person to see and redrive."""

    kind: str
    reasons: tuple[str, ...]
    content: Mapping[str, Any] = field(default_factory=dict)


class Rejections(Protocol):
    def put(self, rejection: Rejection) -> None: ...
