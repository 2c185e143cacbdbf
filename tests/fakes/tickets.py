"""Tickets in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.app.ports.tickets import TicketHolder

TICKET_SECONDS = 60


@dataclass
class FakeTickets:
    fresh: dict[str, TicketHolder] = field(default_factory=dict)

    def issue(
        self,
        user_id: str,
        *,
        now: float,
        origin: str | None = None,
        channels: Sequence[str] | None = None,
        claims: Mapping[str, Any] | None = None,
        valid_until: float | None = None,
    ) -> str:
        ticket = f"ticket-{len(self.fresh) + 1}"
        self.fresh[ticket] = TicketHolder(
            user_id=user_id,
            origin=origin,
            channels=None if channels is None else tuple(channels),
            issued_at=now,
            claims=claims or {},
            valid_until=valid_until,
        )
        return ticket

    def redeem(self, ticket: str, *, now: float) -> TicketHolder | None:
        holder = self.fresh.get(ticket)
        if holder is None or now >= holder.issued_at + TICKET_SECONDS:
            return None
        return self.fresh.pop(ticket)
