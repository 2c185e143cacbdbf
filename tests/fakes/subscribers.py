"""Topics in memory, read in small pages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.app.ports import Page, Subscriber
from shared.domain.audience import (
    EVERYBODY,
    Audience,
    ChannelAudience,
    EverybodyAudience,
    UserAudience,
    shard_of,
    user_topic,
)
from shared.domain.progress import Place
from tests.fakes.tables import FakeTables


@dataclass
class FakeSubscribers:
    tables: FakeTables
    page_rows: int = 2
    shards: int = 2
    reads: int = 0

    def count(self, channel: str, *, now: float) -> int:
        return len(self._on(channel, now))

    def places(self, audience: Audience) -> tuple[Place, ...]:
        shards = range(1 if isinstance(audience, UserAudience) else self.shards)
        if isinstance(audience, EverybodyAudience):
            return tuple(Place(shard) for shard in shards if audience.includes(shard))
        return tuple(Place(shard) for shard in shards)

    def pages(self, audience: Audience, places: Sequence[Place], *, now: float) -> Iterator[Page]:
        match audience:
            case ChannelAudience(channel):
                found = self._on(channel, now)
            case UserAudience(user_id, channel):
                mine = {(one.connection_id, one.connected_at) for one in self._on(user_topic(user_id), now)}
                found = [
                    one for one in self._on(channel, now) if (one.connection_id, one.connected_at) in mine
                ]
            case _:
                found = self._on(EVERYBODY, now)
        whole = isinstance(audience, UserAudience)
        for place in places:
            here = sorted(
                (
                    one
                    for one in found
                    if (whole or shard_of(one.connection_id, self.shards) == place.shard)
                    and (place.after is None or one.connection_id > place.after)
                ),
                key=lambda one: one.connection_id,
            )
            for start in range(0, max(len(here), 1), self.page_rows):
                page = here[start : start + self.page_rows]
                last = start + self.page_rows >= len(here)
                self.reads += 1
                yield Page(place.shard, page, None if last else page[-1].connection_id, read_units=1.0)

    def _on(self, topic: str, now: float) -> list[Subscriber]:
        return [
            Subscriber(connection_id, row.connection.connected_at, f"{topic}#0")
            for (row_topic, connection_id), row in self.tables.topics.items()
            if row_topic == topic and row.connection.heard_until > now
        ]
