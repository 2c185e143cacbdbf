"""The rows that the fakes of connections and subscribers share, as the two tables do."""

from dataclasses import dataclass, field

from shared.domain.connection import Connection
from shared.domain.lease import Lease


@dataclass
class ConnectionRow:
    connection: Connection
    rate_full_at_ms: int = 0
    rate_strikes: int = 0
    welcome_lease: Lease | None = None
    welcomed: bool = False
    last_seen: float | None = None


@dataclass
class TopicRow:
    connection: Connection
    version: int = 0


@dataclass
class FakeTables:
    connections: dict[str, ConnectionRow] = field(default_factory=dict)
    topics: dict[tuple[str, str], TopicRow] = field(default_factory=dict)
    """By topic and connection id."""

    def topics_of(self, connection_id: str) -> set[str]:
        return {topic for topic, owner in self.topics if owner == connection_id}
