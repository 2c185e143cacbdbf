"""The items of a user's inbox, and how far they were seen."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Item(NamedTuple):
    number: int
    channel: str
    envelope: str
    """The message as it was sent to clients."""


class Standing(NamedTuple):
    last: int
    """The number of the newest item that was counted; 0: there was none."""
    seen: int
    """All up to here are seen."""


class Inbox(Protocol):
    """Expired items are never shown nor counted; reads are consistent."""

    def write(self, user_id: str, item: Item, *, expires_at: float) -> None:
        """Keep an item; the same item twice is one."""

    def standing(self, user_id: str) -> Standing: ...

    def see(self, user_id: str, number: int) -> Standing:
        """Move the cursor forward, up to the newest item at most: where the inbox stands after it."""

    def count(self, user_id: str, *, above: int, now: float) -> int:
        """How many items have a larger number; of many, UNSEEN_COUNTED_MAX."""

    def page(self, user_id: str, *, before: int, limit: int, now: float) -> tuple[Sequence[Item], int | None]:
        """Items with a smaller number, newest first, and the number to go on before; None at the end.

        Of `limit` that are looked at, those that have expired are left out.
        """
