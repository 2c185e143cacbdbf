"""Tickets and revocations in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.identity import Identity

TICKET_SECONDS = 60


@dataclass
class FakeAccess:
    fresh: dict[str, tuple[float, Identity]] = field(default_factory=dict)
    """Each ticket with the moment of its issue."""
    revoked: dict[str, float] = field(default_factory=dict)

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
        identity = Identity(
            user_id=user_id,
            verified=True,
            origin=origin,
            grants=None if channels is None else frozenset(channels),
            issued_at=now,
            claims=claims or {},
            valid_until=valid_until,
        )
        self.fresh[ticket] = now, identity
        return ticket

    def redeem(self, ticket: str, *, now: float) -> Identity | None:
        issued_at, identity = self.fresh.get(ticket, (0.0, None))
        if identity is None or now >= issued_at + TICKET_SECONDS:
            return None
        del self.fresh[ticket]
        return identity

    def revoke(self, user_id: str, *, at: float) -> None:
        self.revoked[user_id] = max(at, self.revoked.get(user_id, at))

    def revoked_at(self, user_id: str) -> float | None:
        return self.revoked.get(user_id)
