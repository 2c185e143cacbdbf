"""The events table in memory."""

from dataclasses import dataclass, field

from shared.app.ports import Claim, Receipt
from shared.domain.limits import EVENT_ROW_SECONDS


@dataclass
class FakeHistory:
    leases: dict[str, tuple[float, float]] = field(default_factory=dict)
    """By event id: when the lease ends, and when the row expires."""
    receipts: dict[str, Receipt] = field(default_factory=dict)

    def claim(self, event_id: str, *, now: float, lease_until: float) -> Claim:
        lease, expires_at = self.leases.get(event_id, (0.0, 0.0))
        if expires_at > now:
            if event_id in self.receipts:
                return Claim.DONE
            if lease >= now:
                return Claim.RUNNING
        self.leases[event_id] = (lease_until, now + EVENT_ROW_SECONDS)
        return Claim.NEW

    def finish(self, event_id: str, receipt: Receipt) -> None:
        self.receipts[event_id] = receipt
