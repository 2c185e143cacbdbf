"""The user's inbox: items with numbers, and how many of them no device has marked as seen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tidings.event import Event


class InboxCounts(NamedTuple):
    last: int
    """The number of the newest item; 0 when there is none."""
    unseen: int
    """Items that are newer than the one marked as seen, on whichever device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxPage:
    items: list[Event]
    """Newest first; `item.inbox` is its number."""
    unseen: int
    more: bool
    """There may be older items: ask with `before=page.through`."""
    through: int | None
    """The lowest number that was looked at: of items that this connection may not hear, too."""


class Counts:
    """The counts as the server last told them, and as events that arrived since then change them."""

    def __init__(self, tell: Callable[[InboxCounts], object]) -> None:
        self._tell = tell
        self.now: InboxCounts | None = None
        """None without a user, or when the server has no inbox."""

    def told(self, data: Mapping[str, Any]) -> None:
        """Of a welcome, a page, or what was seen, which may name only the item up to which it was."""
        number, unseen = data.get("last", data.get("inbox")), data.get("unseen")
        if isinstance(number, int) and isinstance(unseen, int):
            self._set(InboxCounts(max(number, self.now.last if self.now else 0), unseen))

    def arrived(self, message: Mapping[str, Any]) -> None:
        number = message.get("inbox")
        if self.now and isinstance(number, int) and number > self.now.last:
            # Numbers are without gaps: the ones in between went to channels that are not subscribed here.
            self._set(InboxCounts(number, self.now.unseen + number - self.now.last))

    def _set(self, counts: InboxCounts) -> None:
        if counts != self.now:
            self.now = counts
            self._tell(counts)
