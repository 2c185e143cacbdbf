"""What is kept of a user, beside connections."""

from typing import Literal, Protocol

Kept = Literal["events", "items", "plans", "tickets"]
"""The user's stream, the inbox, what is planned, tickets."""


class UserRows(Protocol):
    def remove(self, kept: Kept, user_id: str, *, after: str | None) -> tuple[int, str | None]:
        """Remove a page of such rows: how many there were, and where to go on; None at the end."""
