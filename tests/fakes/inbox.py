"""Inboxes in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from shared.app.ports.inbox import Item, Standing
from shared.domain.limits import UNSEEN_COUNTED_MAX
from shared.domain.streams import user_stream
from tests.fakes.streams import FakeStreams


@dataclass
class FakeInbox:
    streams: FakeStreams
    items: dict[tuple[str, int], tuple[Item, float]] = field(default_factory=dict)
    """By user and number: each with the moment of its end."""

    def write(self, user_id: str, item: Item, *, expires_at: float) -> None:
        self.items[user_id, item.number] = item, expires_at

    def standing(self, user_id: str) -> Standing:
        head = self.streams.tops.get(user_stream(user_id))
        return Standing(0, 0) if head is None else Standing(head.inbox, head.seen)

    def see(self, user_id: str, number: int) -> Standing:
        head = self.streams.tops.get(user_stream(user_id))
        if head is not None:
            seen = max(head.seen, min(number, head.inbox))
            self.streams.tops[user_stream(user_id)] = replace(head, seen=seen)
        return self.standing(user_id)

    def count(self, user_id: str, *, above: int, now: float) -> int:
        found, _ = self.page(user_id, before=2**53, limit=UNSEEN_COUNTED_MAX, now=now)
        return len([one for one in found if one.number > above])

    def page(self, user_id: str, *, before: int, limit: int, now: float) -> tuple[Sequence[Item], int | None]:
        numbers = [number for owner, number in self.items if owner == user_id and number < before]
        looked_at = sorted(numbers, reverse=True)[:limit]
        kept = [self.items[user_id, number] for number in looked_at]
        found = [item for item, expires_at in kept if expires_at > now]
        return found, looked_at[-1] if len(looked_at) == limit else None
