"""One-time tickets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketHolder:
    """What was written on a ticket when it was issued."""

    user_id: str
    origin: str | None
    channels: tuple[str, ...] | None
    """Its grants; None: it says nothing of channels."""
    issued_at: float
    valid_until: float | None
    claims: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """For the channels' rules, as a token's claims."""


class Tickets(Protocol):
    """One-time tickets that producers issue."""

    def redeem(self, ticket: str, *, now: float) -> TicketHolder | None:
        """Take a ticket: only the first caller gets it, and only while it is fresh."""
