"""Signed tokens."""

from collections.abc import Mapping
from typing import Any, Protocol


class Tokens(Protocol):
    def claims(self, token: str, *, now: float) -> Mapping[str, Any]:
        """The claims of a token whose signature holds; nothing else is checked. Raises AccessRefused."""
