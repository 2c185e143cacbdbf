"""Topics in memory, read in small pages."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from shared.app.ports import Subscriber
from shared.domain.audience import EVERYBODY, Audience, ChannelAudience, UserAudience, user_topic
from shared.domain.catalog import Channel
from tests.fakes.tables import FakeTables


@dataclass
class FakeSubscribers:
    tables: FakeTables
    page_rows: int = 2

    def count(self, channel: Channel, *, now: float) -> int:
        return len(self._on(channel, now))

    def pages(self, audience: Audience, *, now: float) -> Iterator[Sequence[Subscriber]]:
        match audience:
            case ChannelAudience(channel):
                found = self._on(channel, now)
            case UserAudience(user_id, channel):
                mine = {one.connection_id for one in self._on(user_topic(user_id), now)}
                found = [one for one in self._on(channel, now) if one.connection_id in mine]
            case _:
                found = self._on(EVERYBODY, now)
        for start in range(0, len(found), self.page_rows):
            yield found[start : start + self.page_rows]

    def drop(self, subscribers: Iterable[Subscriber]) -> None:
        for one in subscribers:
            if one.topic_shard:
                topic = one.topic_shard.rpartition("#")[0]
                self.tables.topics.pop((topic, one.connection_id), None)

    def _on(self, topic: str, now: float) -> list[Subscriber]:
        return [
            Subscriber(connection_id, row.connection.connected_at, f"{topic}#0")
            for (row_topic, connection_id), row in self.tables.topics.items()
            if row_topic == topic and row.connection.row_expires_at > now
        ]
