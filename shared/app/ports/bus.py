"""The event bus."""

from collections.abc import Mapping
from typing import Any, Protocol


class Bus(Protocol):
    """Where the system itself puts events, for the application's own rules."""

    def put(self, event_type: str, detail: Mapping[str, Any]) -> None:
        """Raises TryAgain: whoever asked fails, and is tried again by what called it."""
