"""The rows of all topics in memory, one shard each."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.app.ports.orphan_rows import FoundConnections, TopicPage, TopicRow
from shared.domain.audience import EVERYBODY_TOPICS, topics_of
from tests.fakes.catalog import Channel
from tests.fakes.tables import FakeTables

TOPICS = (*EVERYBODY_TOPICS, *Channel)


@dataclass
class FakeOrphanRows:
    tables: FakeTables

    def page(self, place: str | None, *, rows: int) -> TopicPage:
        number, _, after = (place or "0:").partition(":")
        topic = TOPICS[int(number)]
        ids = sorted(one for of, one in self.tables.topics if of == topic and one > after)
        next_place: str | None = f"{int(number) + 1}:" if int(number) + 1 < len(TOPICS) else None
        if len(ids) > rows:
            next_place = f"{number}:{ids[rows - 1]}"
        found = [self._row(topic, one) for one in ids[:rows]]
        return TopicPage(rows=found, next_place=next_place, units=0.5 + len(found) // 54)

    def page_of(self, channel: str, place: str | None, *, rows: int) -> TopicPage:
        ids = sorted(one for of, one in self.tables.topics if of == channel and one > (place or ""))
        found = [self._row(channel, one) for one in ids[:rows]]
        return TopicPage(rows=found, next_place=ids[rows - 1] if len(ids) > rows else None, units=0.5)

    def known(self, connection_ids: Sequence[str], *, ended_before: float) -> FoundConnections:
        known = self.tables.connections.keys() & set(connection_ids)
        ends = {one: self.tables.connections[one].connection.valid_until for one in known}
        channels = {
            channel
            for one in known
            for channel in self.tables.connections[one].connection.channels
            if "/" in channel
        }
        return FoundConnections(
            connection_ids={one for one, end in ends.items() if end is None or end >= ended_before},
            units=len(connection_ids) / 2,
            channels=frozenset(channels),
        )

    def remove(self, rows: Sequence[TopicRow], *, now: float) -> float:
        for row in rows:
            topic = row.topic_shard.rpartition("#")[0]
            self.tables.topics.pop((topic, row.connection_id), None)
            if topic not in EVERYBODY_TOPICS:
                continue
            for own in row.own_topics:
                self.tables.topics.pop((own, row.connection_id), None)
            connected = self.tables.connections.get(row.connection_id)
            if connected is not None and connected.connection.row_expires_at <= now:
                del self.tables.connections[row.connection_id]
        return float(len(rows))

    def _row(self, topic: str, connection_id: str) -> TopicRow:
        connection = self.tables.topics[topic, connection_id].connection
        return TopicRow(
            topic_shard=f"{topic}#0",
            connection_id=connection_id,
            connected_at=connection.connected_at,
            expires_at=int(connection.row_expires_at),
            own_topics=[one for one in topics_of(connection) if one[0] == "@"]
            if topic in EVERYBODY_TOPICS
            else [],
        )
