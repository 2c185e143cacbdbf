"""The events table in memory."""

from copy import deepcopy
from dataclasses import dataclass, field

from shared.app.ports import Claim, Claimed
from shared.domain.limits import EVENT_ROW_SECONDS
from shared.domain.progress import Progress
from shared.domain.receipt import COUNTS, Receipt

Key = tuple[str, int]


@dataclass
class Row:
    lease_until: float | None
    expires_at: float
    progress: Progress | None = None
    receipt: Receipt | None = None
    finished: bool = False


@dataclass
class FakeHistory:
    rows: dict[Key, Row] = field(default_factory=dict)
    saves: int = 0

    def claim(self, event_id: str, *, now: float, lease_until: float, part: int = 0) -> Claimed:
        row = self.rows.get((event_id, part))
        if row is None or row.expires_at <= now:
            row = self.rows[event_id, part] = Row(lease_until, now + EVENT_ROW_SECONDS)
        elif row.finished:
            return Claimed(Claim.DONE)
        elif row.lease_until is not None and row.lease_until >= now:
            return Claimed(Claim.RUNNING, lease_until=row.lease_until)
        row.lease_until, row.expires_at = lease_until, now + EVENT_ROW_SECONDS
        return Claimed(Claim.NEW, progress=deepcopy(row.progress))

    def save(self, event_id: str, progress: Progress, *, lease_until: float, part: int = 0) -> bool:
        row = self.rows[event_id, part]
        if row.lease_until != lease_until:
            return False
        self.saves += 1
        row.progress, row.receipt = deepcopy(progress), progress.receipt.copy()
        return True

    def release(self, event_id: str, progress: Progress, *, lease_until: float, part: int = 0) -> bool:
        saved = self.save(event_id, progress, lease_until=lease_until, part=part)
        if saved:
            self.rows[event_id, part].lease_until = None
        return saved

    def finish(self, event_id: str, receipt: Receipt, *, lease_until: float, part: int = 0) -> bool:
        row = self.rows[event_id, part]
        if row.lease_until != lease_until:
            return False
        row.finished, row.lease_until, row.progress, row.receipt = True, None, None, receipt.copy()
        return True

    def receipt(self, event_id: str) -> Receipt:
        """Of all parts together."""
        found = [row.receipt for (one, _), row in self.rows.items() if one == event_id and row.receipt]
        return Receipt(**{name: sum(getattr(one, name) for one in found) for name in COUNTS})
