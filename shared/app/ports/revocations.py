"""Users whose access ended."""

from typing import Protocol


class Revocations(Protocol):
    """Since when a user's tokens and tickets are no good."""

    def revoke(self, user_id: str, *, at: float) -> None: ...

    def revoked_at(self, user_id: str) -> float | None: ...
