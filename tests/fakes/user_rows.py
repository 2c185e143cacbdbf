"""What is kept of users, in the fakes that keep it."""

from dataclasses import dataclass, field

from shared.app.ports.user_rows import Kept
from shared.domain.schedule import Planned
from tests.fakes.schedule import FakeSchedule
from tests.fakes.tickets import FakeTickets


@dataclass
class FakeUserRows:
    schedule: FakeSchedule
    tickets: FakeTickets
    page_rows: int = 100
    asked: list[Kept] = field(default_factory=list)

    def remove(self, kept: Kept, user_id: str, *, after: str | None) -> tuple[int, str | None]:  # noqa: ARG002  it finds its place
        self.asked.append(kept)
        found = self._of(kept, user_id)
        for key in found[: self.page_rows]:
            self._remove(kept, key)
        return min(len(found), self.page_rows), "more" if len(found) > self.page_rows else None

    def _of(self, kept: Kept, user_id: str) -> list[str]:
        match kept:
            case "plans":
                rows = self.schedule.rows.items()
                return [key for key, row in rows if isinstance(row, Planned) and row.user_id == user_id]
            case "tickets":
                return [text for text, one in self.tickets.fresh.items() if one.user_id == user_id]
        return []

    def _remove(self, kept: Kept, key: str) -> None:
        if kept == "tickets":
            del self.tickets.fresh[key]
        else:
            del self.schedule.rows[key], self.schedule.told[key]
            self.schedule.waiting.discard(key)
