"""Rows of the subscriptions table: one per connection in each of its topics, spread over shards."""

from typing import Any

from shared.domain.audience import EVERYBODY
from shared.domain.connection import Connection


def topic_shard(topic: str, shard: int) -> str:
    """The partition key. A user's topic is small (a few devices): it has one shard."""
    return f"{topic}#{0 if topic.startswith('@') else shard}"


def row_key(connection: Connection, topic: str) -> dict[str, Any]:
    return {
        "topic_shard": {"S": topic_shard(topic, connection.shard)},
        "connection_id": {"S": connection.connection_id},
    }


def topic_row(connection: Connection, topic: str) -> dict[str, Any]:
    row = {
        **row_key(connection, topic),
        "connected_at": {"N": f"{connection.connected_at:.3f}"},
        "expires_at": {"N": str(int(connection.heard_until))},
        "shard": {"N": str(connection.shard)},
    }
    if topic == EVERYBODY and connection.user_id is not None:
        # Should the connection's own row go first, this says where the one in its user's topic is.
        row["user_id"] = {"S": connection.user_id}
    return row
