"""The sweep: a slow walk over all topics that removes rows whose connection is gone.

Most such rows never arise: a failed post removes a connection's rows, and the row of a lost `$disconnect` is
found by the next ping. What stays is left by crashes between two writes, and by TTL, which deletes days late.
Channels with parameters cannot be listed: the living connections lead to them.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from shared.app.ports import Ports
from shared.app.ports.orphan_rows import TopicPage, TopicRow
from shared.domain.audience import EVERYBODY

BOOKMARK = "sweep"
PAGES_PER_TICK = 4
ROWS_PER_PAGE = 100
# A topic row costs half a read unit for its connection, and little for itself.
ROWS_PER_UNIT = 2
# A younger row may be ahead of what an eventually consistent read of its connection shows. A token that ended
# longer ago is not followed by a newer one: its connection was closed.
YOUNG_SECONDS = 300


@dataclass(slots=True, kw_only=True)
class Swept:
    checked: int = 0
    removed: int = 0
    units: float = 0.0


def sweep(ports: Ports, *, deadline: float) -> Swept:
    swept = Swept()
    if ports.settings.sweep_units_per_tick == 0:
        return swept
    # Half, where a page may lead to channels.
    share = 2 if any(one.parameters for one in ports.catalog.declared.values()) else 1
    place = ports.schedule.bookmark(BOOKMARK)
    for _ in range(PAGES_PER_TICK):
        page = ports.orphan_rows.page(place, rows=_rows_left(ports, swept, share=share))
        channels = sorted(_sweep_rows(ports, page, swept))
        turn = int(ports.clock.now()) // 60 % max(1, len(channels))
        for channel in (*channels[turn:], *channels[:turn]):
            _sweep_channel(ports, channel, swept, deadline)
        place = page.next_place
        # At the end the next tick begins anew.
        if place is None or _is_spent(ports, swept, deadline):
            break
    ports.schedule.set_bookmark(BOOKMARK, place, now=ports.clock.now())
    return swept


def _sweep_channel(ports: Ports, channel: str, swept: Swept, deadline: float) -> None:
    """As far as the units go. What is further on goes by an event's failed post, or at its expiry."""
    place: str | None = ""
    while place is not None and not _is_spent(ports, swept, deadline):
        page = ports.orphan_rows.page_of(channel, place, rows=_rows_left(ports, swept))
        _sweep_rows(ports, page, swept)
        place = page.next_place


def _rows_left(ports: Ports, swept: Swept, *, share: int = 1) -> int:
    rows_left = int((ports.settings.sweep_units_per_tick - swept.units) * ROWS_PER_UNIT) // share
    return max(1, min(rows_left, ROWS_PER_PAGE))


def _is_spent(ports: Ports, swept: Swept, deadline: float) -> bool:
    return swept.units >= ports.settings.sweep_units_per_tick or ports.clock.now() >= deadline


def _sweep_rows(ports: Ports, page: TopicPage, swept: Swept) -> AbstractSet[str]:
    """The channels with parameters that a page of everybody's rows leads to."""
    now = ports.clock.now()
    expired = [row for row in page.rows if row.expires_at <= now]
    doubtful = [row for row in page.rows if row.expires_at > now and row.connected_at <= now - YOUNG_SECONDS]
    ids = [row.connection_id for row in doubtful]
    known = ports.orphan_rows.known(ids, ended_before=now - YOUNG_SECONDS)
    orphans = [row for row in doubtful if row.connection_id not in known.connection_ids]
    swept.units += page.units + known.units + _remove(ports, expired + orphans, now)
    swept.checked += len(page.rows)
    swept.removed += len(expired) + len(orphans)
    # Each connection is among everybody: once in a round it leads to its channels.
    of_everybody = any(row.topic_shard.startswith(EVERYBODY) for row in page.rows)
    return known.channels if of_everybody else frozenset()


def _remove(ports: Ports, rows: list[TopicRow], now: float) -> float:
    return ports.orphan_rows.remove(rows, now=now) if rows else 0.0
