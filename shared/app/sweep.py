"""The sweep: a slow walk over all topics that removes rows whose connection is gone.

Most such rows never arise: a failed post removes a connection's rows, and the row of a lost `$disconnect` is
found by the next ping. What stays is left by crashes between two writes, and by TTL, which deletes days late.
"""

from dataclasses import dataclass

from shared.app.ports.bookmarks import Bookmarks
from shared.app.ports.clock import Clock
from shared.app.ports.orphan_rows import OrphanRows, TopicRow

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

    def __call__(self, *, deadline: float) -> Swept:
        swept = Swept()
        if self.units_per_tick == 0:
            return swept
        place = self.bookmarks.read(BOOKMARK)
        for _ in range(PAGES_PER_TICK):
            place = self._sweep_page(place, swept)
            # At the end the next tick begins anew.
            if place is None or swept.units >= self.units_per_tick or self.clock.now() >= deadline:
                break
        self.bookmarks.write(BOOKMARK, place)
        return swept

    def _sweep_page(self, place: str | None, swept: Swept) -> str | None:
        rows_left = int((self.units_per_tick - swept.units) * ROWS_PER_UNIT)
        page = self.orphan_rows.page(place, rows=max(1, min(rows_left, ROWS_PER_PAGE)))
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
        return page.next_place

    def _remove(self, rows: list[TopicRow], now: float) -> float:
        return self.orphan_rows.remove(rows, now=now) if rows else 0.0
