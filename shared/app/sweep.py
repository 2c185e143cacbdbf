"""The sweep: a slow walk over all topics that removes rows whose connection is gone.

Most such rows never arise: a failed post removes a connection's rows, and the row of a lost `$disconnect` is
found by the next ping. What stays is left by crashes between two writes, and by TTL, which deletes days late.
Channels with parameters cannot be listed: the living connections lead to them.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from shared.app.ports.bookmarks import Bookmarks
from shared.app.ports.clock import Clock
from shared.app.ports.orphan_rows import OrphanRows, TopicPage, TopicRow
from shared.domain.audience import EVERYBODY
from tidings.catalog import Catalog

BOOKMARK = "sweep"
PAGES_PER_TICK = 4
ROWS_PER_PAGE = 100
# A topic row costs half a read unit for its connection, and little for itself.
ROWS_PER_UNIT = 2
# A younger row may be ahead of what an eventually consistent read of its connection shows.
YOUNG_SECONDS = 300


@dataclass(slots=True, kw_only=True)
class Swept:
    checked: int = 0
    removed: int = 0
    units: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    orphan_rows: OrphanRows
    bookmarks: Bookmarks
    clock: Clock
    units_per_tick: int
    """Zero turns it off."""
    catalog: Catalog

    def __call__(self, *, deadline: float) -> Swept:
        swept = Swept()
        if self.units_per_tick == 0:
            return swept
        # Half, where a page may lead to channels.
        share = 2 if any(one.parameters for one in self.catalog.declared.values()) else 1
        place = self.bookmarks.read(BOOKMARK)
        for _ in range(PAGES_PER_TICK):
            page = self.orphan_rows.page(place, rows=self._rows_left(swept, share=share))
            channels = sorted(self._sweep_rows(page, swept))
            turn = int(self.clock.now()) // 60 % max(1, len(channels))
            for channel in (*channels[turn:], *channels[:turn]):
                self._sweep_channel(channel, swept, deadline)
            place = page.next_place
            # At the end the next tick begins anew.
            if place is None or self._is_spent(swept, deadline):
                break
        self.bookmarks.write(BOOKMARK, place)
        return swept

    def _sweep_channel(self, channel: str, swept: Swept, deadline: float) -> None:
        """As far as the units go. What is further on goes by an event's failed post, or at its expiry."""
        place: str | None = ""
        while place is not None and not self._is_spent(swept, deadline):
            page = self.orphan_rows.page_of(channel, place, rows=self._rows_left(swept))
            self._sweep_rows(page, swept)
            place = page.next_place

    def _rows_left(self, swept: Swept, *, share: int = 1) -> int:
        rows_left = int((self.units_per_tick - swept.units) * ROWS_PER_UNIT) // share
        return max(1, min(rows_left, ROWS_PER_PAGE))

    def _is_spent(self, swept: Swept, deadline: float) -> bool:
        return swept.units >= self.units_per_tick or self.clock.now() >= deadline

    def _sweep_rows(self, page: TopicPage, swept: Swept) -> AbstractSet[str]:
        """The channels with parameters that a page of everybody's rows leads to."""
        now = self.clock.now()
        expired = [row for row in page.rows if row.expires_at <= now]
        doubtful = [
            row for row in page.rows if row.expires_at > now and row.connected_at <= now - YOUNG_SECONDS
        ]
        known = self.orphan_rows.known([row.connection_id for row in doubtful])
        orphans = [row for row in doubtful if row.connection_id not in known.connection_ids]
        swept.units += page.units + known.units + self._remove(expired + orphans, now)
        swept.checked += len(page.rows)
        swept.removed += len(expired) + len(orphans)
        # Each connection is among everybody: once in a round it leads to its channels.
        of_everybody = any(row.topic_shard.startswith(EVERYBODY) for row in page.rows)
        return known.channels if of_everybody else frozenset()

    def _remove(self, rows: list[TopicRow], now: float) -> float:
        return self.orphan_rows.remove(rows, now=now) if rows else 0.0
