"""What is kept of users, in the fakes that keep it."""

from dataclasses import dataclass, field
from typing import Any

from shared.app.ports.user_rows import Kept
from shared.domain.schedule import Planned
from shared.domain.streams import user_stream
from tests.fakes.access import FakeAccess
from tests.fakes.inbox import FakeInbox
from tests.fakes.schedule import FakeSchedule


@dataclass
class FakeUserRows:
    schedule: FakeSchedule
    access: FakeAccess
    inbox: FakeInbox
    page_rows: int = 100
    asked: list[Kept] = field(default_factory=list)

    def remove(self, kept: Kept, user_id: str, *, after: str | None) -> tuple[int, str | None]:  # noqa: ARG002  it finds its place
        self.asked.append(kept)
        found = self._of(kept, user_id)
        for key in found[: self.page_rows]:
            self._remove(kept, key)
        return min(len(found), self.page_rows), "more" if len(found) > self.page_rows else None

    def _of(self, kept: Kept, user_id: str) -> list[Any]:
        match kept:
            case "events":
                stream = user_stream(user_id)
                head = [(stream, 0)] if stream in self.inbox.streams.tops else []
                return head + [key for key in self.inbox.streams.rows if key[0] == stream]
            case "items":
                return [key for key in self.inbox.items if key[0] == user_id]
            case "plans":
                rows = self.schedule.rows.items()
                return [key for key, row in rows if isinstance(row, Planned) and row.user_id == user_id]
            case "tickets":
                return [text for text, (_, one) in self.access.fresh.items() if one.user_id == user_id]

    def _remove(self, kept: Kept, key: Any) -> None:
        match kept:
            case "events":
                self.inbox.streams.rows.pop(key, None)
                if key[1] == 0:
                    del self.inbox.streams.tops[key[0]], self.inbox.streams.takers[key[0]]
            case "items":
                del self.inbox.items[key]
            case "plans":
                del self.schedule.rows[key], self.schedule.told[key]
                self.schedule.waiting.discard(key)
            case "tickets":
                del self.access.fresh[key]
