"""Rows of the subscriptions table: one per connection in each of its topics, spread over shards."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shared.domain.audience import EVERYBODY
from shared.domain.catalog import channel_named
from shared.domain.connection import Connection
from shared.domain.errors import TidingsError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
BATCH_WRITES = 25
_TRIES = 5


class WritesRefused(TidingsError):
    """DynamoDB kept leaving rows unwritten: throttled beyond its client's patience."""


def topic_shard(topic: str, shard: int) -> str:
    """The partition key. A user's topic is small (a few devices): it has one shard."""
    sharded = topic == EVERYBODY or channel_named(topic) is not None
    return f"{topic}#{shard if sharded else 0}"


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


def put_rows(dynamodb: "DynamoDBClient", table: str, rows: Sequence[dict[str, Any]]) -> None:
    _write(dynamodb, [(table, {"PutRequest": {"Item": row}}) for row in rows])


def delete_rows(dynamodb: "DynamoDBClient", table: str, keys: Sequence[dict[str, Any]]) -> None:
    delete_everywhere(dynamodb, [(table, key) for key in keys])


def delete_everywhere(dynamodb: "DynamoDBClient", keys: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Rows of several tables, each named with its key."""
    _write(dynamodb, [(table, {"DeleteRequest": {"Key": key}}) for table, key in keys])


def _write(dynamodb: "DynamoDBClient", requests: "Sequence[tuple[str, WriteRequestTypeDef]]") -> None:
    for start in range(0, len(requests), BATCH_WRITES):
        left: Any = {}
        for table, request in requests[start : start + BATCH_WRITES]:
            left.setdefault(table, []).append(request)
        for _ in range(_TRIES):
            left = dynamodb.batch_write_item(RequestItems=left)["UnprocessedItems"]
            if not left:
                break
        else:
            raise WritesRefused(f"{sum(map(len, left.values()))} rows of {', '.join(left)}")
