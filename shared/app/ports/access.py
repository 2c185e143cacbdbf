"""Who may come in: one-time tickets, and users whose access ended."""

from typing import Protocol

from shared.domain.identity import Identity


class Access(Protocol):
    def redeem(self, ticket: str, *, now: float) -> Identity | None:
        """Take a ticket: only the first caller gets it, and only while it is fresh."""

    def revoke(self, user_id: str, *, at: float) -> None:
        """A user's tokens and tickets of before are no good."""

    def revoked_at(self, user_id: str) -> float | None: ...
