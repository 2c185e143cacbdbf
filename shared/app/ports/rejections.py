"""What could not be delivered, for a person to see and redrive."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Rejections(Protocol):
    def put(self, kind: str, *, reasons: Sequence[str], content: Mapping[str, Any]) -> None: ...
