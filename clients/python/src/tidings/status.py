"""Whether the client is connected, and if not, why and when it tries again."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    state: Literal["connecting", "open", "reconnecting", "closed"]
    reason: str = ""
    connection_id: str | None = None
    attempt: int = 0
    retry_in_seconds: float | None = None
    """None while a try is under way."""
