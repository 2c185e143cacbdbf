"""Connections in memory."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.audience import topics_of
from shared.domain.connection import Connection
from shared.domain.target import Target
from tests.fakes.tables import ConnectionRow, FakeTables, TopicRow


@dataclass
class FakeRegistry:
    tables: FakeTables

    def add(self, connection: Connection) -> None:
        self.remove(connection.connection_id)
        self.tables.connections[connection.connection_id] = ConnectionRow(connection)
        for topic in topics_of(connection):
            self.tables.topics[topic, connection.connection_id] = TopicRow(connection)

    def find(self, connection_id: str) -> Connection | None:
        row = self.tables.connections.get(connection_id)
        return None if row is None else row.connection

    def refresh(self, connection: Connection) -> None:
        for topic in topics_of(connection):
            row = self.tables.topics.get((topic, connection.connection_id))
            if row is not None and row.connection.renewal <= connection.renewal:
                row.connection = connection

    def remove(self, connection_id: str) -> bool:
        row = self.tables.connections.pop(connection_id, None)
        if row is None:
            return False
        for topic in topics_of(row.connection):
            self.tables.topics.pop((topic, connection_id), None)
        return True

    def remove_all(self, dead: Sequence[Target]) -> None:
        for one in dead:
            self.remove(one.connection_id)
            if one.topic_shard:
                topic = one.topic_shard.rpartition("#")[0]
                self.tables.topics.pop((topic, one.connection_id), None)
