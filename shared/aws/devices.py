"""All connections of one user: its topic, read consistently."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.app.ports import Subscriber
from shared.aws.topics import topic_shard
from shared.domain.audience import user_topic

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoDevices:
    dynamodb: "DynamoDBClient"
    table: str

    def of(self, user_id: str, *, now: float) -> Sequence[Subscriber]:
        key = topic_shard(user_topic(user_id), 0)
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression="topic_shard = :key",
            FilterExpression="expires_at > :now",
            ExpressionAttributeValues={":key": {"S": key}, ":now": {"N": str(int(now))}},
            ConsistentRead=True,
        )
        found = [
            Subscriber(item["connection_id"]["S"], float(item["connected_at"]["N"]), key)
            for page in pages
            for item in page["Items"]
        ]
        return sorted(found, key=lambda one: (one.connected_at, one.connection_id))
