"""The schedule table in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from shared.domain.schedule import Cancelled, PlanChange, Planned


@dataclass
class FakeSchedule:
    rows: dict[str, PlanChange] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    """Keys that the queue does not have yet."""

    def plan(self, planned: Planned) -> bool:
        if not self._put(planned):
            return False
        self.waiting.add(planned.key)
        return True

    def cancel(self, cancelled: Cancelled) -> bool:
        if not self._put(cancelled):
            return False
        self.waiting.discard(cancelled.key)
        return True

    def due(self, *, until: float) -> Iterator[Planned]:
        planned = [row for key in self.waiting if isinstance(row := self.rows[key], Planned)]
        yield from sorted((row for row in planned if row.due_at <= until), key=lambda row: row.due_at)

    def handed_over(self, planned: Planned) -> None:
        row = self.rows.get(planned.key)
        if isinstance(row, Planned) and (row.revision, row.due_at) == (planned.revision, planned.due_at):
            self.waiting.discard(planned.key)

    def current(self, key: str, *, revision: int) -> Planned | None:
        row = self.rows.get(key)
        return row if isinstance(row, Planned) and row.revision == revision else None

    def _put(self, change: PlanChange) -> bool:
        present = self.rows.get(change.key)
        if present is not None and present.revision > change.revision:
            return False
        self.rows[change.key] = change
        return True
