"""The event bus in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.domain.errors import TryAgain


@dataclass
class FakeBus:
    events: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    refuses: int = 0
    """So many events, from now on."""

    def put(self, event_type: str, detail: Mapping[str, Any]) -> None:
        if self.refuses:
            self.refuses -= 1
            raise TryAgain("InternalFailure: try again")
        self.events.append((event_type, detail))
