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
    """Older items follow: ask with `before=items[-1].inbox`."""


class Counts:
    """The counts as the server last told them, and as events that arrived since then change them."""

    def __init__(self, tell: Callable[[InboxCounts], object]) -> None:
        self._tell = tell
        self.now: InboxCounts | None = None
        """None without a user, or when the server has no inbox."""

    def told(self, data: Mapping[str, Any] | None, *, last: str = "last") -> None:
        """`last`: the field that has a number, not above that of the newest item."""
        number, unseen = (data or {}).get(last), (data or {}).get("unseen")
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
