"""Topics in memory, read in small pages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.app.ports.subscribers import Page
from shared.domain.audience import Audience, address_topic, has_one_shard, shard_of, user_topic
from shared.domain.progress import Place
from shared.domain.target import Target
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
        return tuple(Place(shard) for shard in audience.shards(self.shards))

    def pages(self, audience: Audience, places: Sequence[Place], *, now: float) -> Iterator[Page]:
        found = self._on(audience.channel or audience.topic, now)
        if audience.user_id is not None:
            mine = {
                (one.connection_id, one.connected_at) for one in self._on(user_topic(audience.user_id), now)
            }
            found = [one for one in found if (one.connection_id, one.connected_at) in mine]
        for place in places:
            here = sorted(
                (
                    one
                    for one in found
                    if (
                        has_one_shard(audience.topic)
                        or shard_of(one.connection_id, self.shards) == place.shard
                    )
                    and (place.after is None or one.connection_id > place.after)
                ),
                key=lambda one: one.connection_id,
            )
            for start in range(0, max(len(here), 1), self.page_rows):
                page = here[start : start + self.page_rows]
                last = start + self.page_rows >= len(here)
                self.reads += 1
                yield Page(place.shard, page, None if last else page[-1].connection_id, read_units=1.0)

    def of_user(self, user_id: str, *, now: float) -> Sequence[Target]:
        return self._all(user_topic(user_id), now)

    def of_address(self, address: str, *, now: float) -> Sequence[Target]:
        return self._all(address_topic(address), now)

    def _all(self, topic: str, now: float) -> Sequence[Target]:
        found = self._on(topic, now)
        return sorted(found, key=lambda one: (one.connected_at, one.connection_id))

    def _on(self, topic: str, now: float) -> list[Target]:
        return [
            Target(connection_id, row.connection.connected_at, f"{topic}#0")
            for (row_topic, connection_id), row in self.tables.topics.items()
            if row_topic == topic and row.connection.heard_until > now
        ]
