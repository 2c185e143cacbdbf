"""A connection as we know it: who, on what channels, until when."""

from dataclasses import dataclass, field

from shared.domain.catalog import Channel
from shared.domain.limits import API_GATEWAY_CONNECTION_SECONDS, CONNECTION_ROW_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    connection_id: str
    user_id: str | None
    channels: frozenset[Channel] = field(default_factory=frozenset)
    connected_at: float
    """Seconds since the epoch."""
    shard: int = 0
    """The shard that holds its topic rows: kept with it, so that they are found after a change of shards."""

    @property
    def cut_at(self) -> float:
        """When API Gateway ends it, whatever happens: two hours after it began."""
        return self.connected_at + API_GATEWAY_CONNECTION_SECONDS

    @property
    def row_expires_at(self) -> float:
        return self.connected_at + CONNECTION_ROW_SECONDS
