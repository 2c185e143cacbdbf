"""A user's connections, from the tables in memory."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.app.ports import Subscriber
from shared.domain.audience import user_topic
from tests.fakes.tables import FakeTables


@dataclass
class FakeDevices:
    tables: FakeTables

    def of(self, user_id: str, *, now: float) -> Sequence[Subscriber]:
        topic = user_topic(user_id)
        found = [
            Subscriber(connection_id, row.connection.connected_at, f"{topic}#0")
            for (row_topic, connection_id), row in self.tables.topics.items()
            if row_topic == topic and row.connection.heard_until > now
        ]
        return sorted(found, key=lambda one: (one.connected_at, one.connection_id))
