"""Rows of the subscriptions table: one per connection in each of its topics, spread over shards."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.aws.conditions import is_failed_condition
from shared.domain.audience import EVERYBODY_TOPICS, has_one_shard
from shared.domain.connection import Connection

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def topic_shard(topic: str, shard: int) -> str:
    """The partition key."""
    return f"{topic}#{0 if has_one_shard(topic) else shard}"


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
    if topic in EVERYBODY_TOPICS and connection.user_id is not None:
        # Should the connection's own row go first, this says where the one in its user's topic is.
        row["user_id"] = {"S": connection.user_id}
    return row


def end_rows(dynamodb: "DynamoDBClient", table: str, connection: Connection, topics: Sequence[str]) -> None:
    """Let the rows that are there end when the connection's token does."""
    for topic in topics:
        try:
            dynamodb.update_item(
                TableName=table,
                Key=row_key(connection, topic),
                UpdateExpression="SET expires_at = :until",
                ConditionExpression="attribute_exists(connection_id)",
                ExpressionAttributeValues={":until": {"N": str(int(connection.heard_until))}},
            )
        except ClientError as exc:
            if not is_failed_condition(exc):
                raise
