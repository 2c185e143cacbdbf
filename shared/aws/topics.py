"""Rows of the subscriptions table: one per connection in each of its topics, spread over shards."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.aws.conditions import row_of_failure
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
    if connection.renewal:
        row["renewal"] = {"N": str(connection.renewal)}
    if topic in EVERYBODY_TOPICS:
        # Should the connection's own row go first, these say where its rows in the small topics are.
        for name, value in (("user_id", connection.user_id), ("address", connection.address)):
            if value is not None:
                row[name] = {"S": value}
    return row


# A late write for an older token changes nothing.
NO_NEWER_END = "(attribute_not_exists(renewal) OR renewal <= :renewal)"


def end_rows(
    dynamodb: "DynamoDBClient", table: str, connection: Connection, topics: Sequence[str]
) -> list[str]:
    """Let the rows that are there end when the connection's token does, or when a newer one does.

    Returns the topics that have a row.
    """
    return [topic for topic in topics if _ends(dynamodb, table, connection, topic)]


def _ends(dynamodb: "DynamoDBClient", table: str, connection: Connection, topic: str) -> bool:
    key = row_key(connection, topic)
    try:
        dynamodb.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET expires_at = :until, renewal = :renewal",
            ConditionExpression=f"attribute_exists(connection_id) AND {NO_NEWER_END}",
            ExpressionAttributeValues={
                ":until": {"N": str(int(connection.heard_until))},
                ":renewal": {"N": str(connection.renewal)},
            },
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as exc:
        return row_of_failure(dynamodb, table, key, exc) is not None
    return True
