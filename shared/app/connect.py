"""$connect: register a connection and ask for its welcome."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.app.ports import Connections, Queue
from shared.domain.audience import shard_of
from shared.domain.catalog import Channel, channel_named
from shared.domain.connection import Connection
from shared.domain.deliveries import Welcome
from shared.domain.limits import USER_ID_CHARACTERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    connection: Connection
    unknown_channels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    status_code: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    connections: Connections
    queue: Queue
    shards: int

    def __call__(
        self, connection_id: str, query: Mapping[str, str], *, connected_at: float
    ) -> Accepted | Refused:
        user_id = query.get("user_id") or None
        if user_id is not None and len(user_id) > USER_ID_CHARACTERS:
            return Refused(status_code=400, reason=f"user_id is over {USER_ID_CHARACTERS} characters")
        channels, unknown = split_channels(query.get("channels", ""))
        connection = Connection(
            connection_id=connection_id,
            user_id=user_id,
            channels=frozenset(channels),
            connected_at=connected_at,
            shard=shard_of(connection_id, self.shards),
        )
        self.connections.add(connection)
        # The connection does not exist until $connect has answered: the welcome cannot be posted from here.
        self.queue.put(Welcome(connection_id=connection_id, channels=channels, unknown_channels=unknown))
        return Accepted(connection=connection, unknown_channels=unknown)


# A URL has at most 4,096 characters; what is repeated to the client stays well below one frame.
_UNKNOWN_NAMED = 20


def split_channels(text: str) -> tuple[tuple[Channel, ...], tuple[str, ...]]:
    """The known channels of a comma-separated list and the unknown names, both in the order asked."""
    names = dict.fromkeys(name for name in (part.strip() for part in text.split(",")) if name)
    known = tuple(channel for name in names if (channel := channel_named(name)) is not None)
    unknown = tuple(name for name in names if channel_named(name) is None)
    return known, unknown[:_UNKNOWN_NAMED]
