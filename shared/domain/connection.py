"""A connection as we know it: who, on what channels, until when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.domain.limits import API_GATEWAY_CONNECTION_SECONDS, CONNECTION_ROW_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    connection_id: str
    user_id: str | None
    channels: frozenset[str] = field(default_factory=frozenset)
    connected_at: float
    """Seconds since the epoch."""
    shard: int = 0
    """The shard that holds its topic rows: kept with it, so that they are found after a change of shards."""
    heartbeat_seconds: int | None = None
    """Its own interval; None: the stage's."""
    grants: frozenset[str] | None = None
    """Names, patterns and denials of channels, from its token; None: the token says nothing of channels."""
    claims: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """What the channels' rules read of its token."""
    valid_until: float | None = None
    """When its token ends, in seconds since the epoch; None: not before the connection does."""
    address: str | None = None
    """Where it comes from: of a connection that no token vouches for, where those are counted by address."""
    renewal: int = 0
    """The version of the message that brought its token; 0: it came with the handshake."""

    @property
    def cut_at(self) -> float:
        """When API Gateway ends it, whatever happens: two hours after it began."""
        return self.connected_at + API_GATEWAY_CONNECTION_SECONDS

    @property
    def row_expires_at(self) -> float:
        return self.connected_at + CONNECTION_ROW_SECONDS

    @property
    def heard_until(self) -> float:
        """When its topic rows stop counting: no event reaches a connection whose token has ended."""
        return self.row_expires_at if self.valid_until is None else min(self.row_expires_at, self.valid_until)
