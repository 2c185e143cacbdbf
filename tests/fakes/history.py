"""The events table in memory."""

from copy import deepcopy
from dataclasses import dataclass, field

from shared.app.ports.history import Claim, Claimed
from shared.domain.lease import Lease
from shared.domain.limits import EVENT_ROW_SECONDS
from shared.domain.progress import Progress
from shared.domain.receipt import COUNTS, Receipt

Key = tuple[str, int]


@dataclass
class Row:
    lease: Lease | None
    expires_at: float
    progress: Progress | None = None
    receipt: Receipt | None = None
    finished: bool = False
    owner: str | None = None
    window: str | None = None
    claims: int = 0


@dataclass
class FakeHistory:
    rows: dict[Key, Row] = field(default_factory=dict)
    saves: int = 0

    def claim(self, event_id: str, *, now: float, lease: Lease, part: int = 0) -> Claimed:
        row = self.rows.get((event_id, part))
        if row is None or row.expires_at <= now:
            row = self.rows[event_id, part] = Row(None, 0)
        elif row.finished:
            return Claimed(Claim.DONE)
        elif row.lease is not None and row.lease.until >= now and row.owner != lease.owner:
            return Claimed(Claim.RUNNING, lease_until=row.lease.until)
        row.lease, row.owner, row.expires_at = lease, lease.owner, now + EVENT_ROW_SECONDS
        row.claims += 1
        return Claimed(Claim.NEW, progress=deepcopy(row.progress), again=row.claims > 1)

    def save(self, event_id: str, progress: Progress, *, lease: Lease, part: int = 0) -> bool:
        row = self.rows[event_id, part]
        if row.owner != lease.owner:
            return False
        self.saves += 1
        row.progress, row.receipt = deepcopy(progress), progress.receipt.copy()
        return True

    def release(self, event_id: str, progress: Progress, *, lease: Lease, part: int = 0) -> bool:
        saved = self.save(event_id, progress, lease=lease, part=part)
        if saved:
            self.rows[event_id, part].lease = None
        return saved

    def finish(self, event_id: str, receipt: Receipt, *, lease: Lease, part: int = 0) -> bool:
        row = self.rows[event_id, part]
        if row.owner != lease.owner:
            return False
        row.finished, row.lease, row.progress, row.receipt = True, None, None, receipt.copy()
        return True

    def note(self, event_id: str, receipt: Receipt, *, window: str, now: float) -> None:
        row = self.rows.get((event_id, 0))
        if row is None or row.owner is None:
            self.rows[event_id, 0] = Row(None, now + EVENT_ROW_SECONDS, receipt=receipt.copy(), window=window)

    def receipt(self, event_id: str) -> Receipt:
        """Of all parts together."""
        found = [row.receipt for (one, _), row in self.rows.items() if one == event_id and row.receipt]
        return Receipt(**{name: sum(getattr(one, name) for one in found) for name in COUNTS})
