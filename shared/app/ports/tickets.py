"""One-time tickets."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketHolder:
    """What was written on a ticket when it was issued."""

    user_id: str
    origin: str | None
    channels: tuple[str, ...] | None
    """None: all."""
    issued_at: float
    valid_until: float | None


class Tickets(Protocol):
    """One-time tickets that producers issue."""

    def redeem(self, ticket: str, *, now: float) -> TicketHolder | None:
        """Take a ticket: only the first caller gets it, and only while it is fresh."""
