"""The schedule table in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from shared.app.ports.schedule import ChangeResult
from shared.domain.deliveries import Scheduled
from shared.domain.schedule import PlanChange, Planned


@dataclass
class FakeSchedule:
    page_rows: int = 100
    rows: dict[str, PlanChange] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    """Keys that the queue does not have yet."""
    told: dict[str, tuple[int, set[str]]] = field(default_factory=dict)
    """By key: the latest revision, and the ids of the events of that revision."""

    places: dict[str, str] = field(default_factory=dict)
    """Of the bookmarks."""

    def bookmark(self, name: str) -> str | None:
        return self.places.get(name)

    def set_bookmark(self, name: str, place: str | None, *, now: float) -> None:  # noqa: ARG002  they do not expire
        self.places.pop(name, None)
        if place is not None:
            self.places[name] = place

    def tell(self, change: PlanChange) -> ChangeResult:
        revision, told_by = self.told.get(change.key, (change.revision, set()))
        if revision > change.revision:
            return ChangeResult.OUTDATED
        if revision < change.revision:
            told_by = set()
        if change.told_by in told_by:
            return ChangeResult.UNCHANGED
        self.told[change.key] = (change.revision, told_by | {change.told_by})
        present = self.rows.get(change.key)
        if isinstance(change, Planned):
            self.waiting.add(change.key)
        elif isinstance(present, Planned) and present.due_at == change.unless_due_at:
            return ChangeResult.UNCHANGED
        else:
            self.waiting.discard(change.key)
        self.rows[change.key] = change
        return ChangeResult.CHANGED

    def due(self, *, until: float, turn: int) -> Iterator[Sequence[Scheduled]]:  # noqa: ARG002  one shard
        planned = [row for key in self.waiting if isinstance(row := self.rows[key], Planned)]
        dues = sorted((row.due for row in planned if row.due_at <= until), key=lambda due: due.due_at)
        for start in range(0, len(dues), self.page_rows):
            yield dues[start : start + self.page_rows]

    def handed_over(self, handed: Sequence[Scheduled]) -> None:
        for due in handed:
            row = self.rows.get(due.schedule_key)
            if isinstance(row, Planned) and row.due == due:
                self.waiting.discard(due.schedule_key)

    def current(self, due: Scheduled) -> Planned | None:
        row = self.rows.get(due.schedule_key)
        return row if isinstance(row, Planned) and row.due == due else None

    def remove(self, due: Scheduled) -> None:
        if self.current(due) is not None:
            del self.rows[due.schedule_key], self.told[due.schedule_key]
            self.waiting.discard(due.schedule_key)
