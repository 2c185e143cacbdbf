"""Reading topics: Query and BatchGet, never Scan.

Consistent reads, so that an acknowledged subscription misses no later event.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shared.app.ports import Subscriber
from shared.aws.conditions import Item
from shared.aws.topics import delete_rows, topic_shard
from shared.domain.audience import (
    EVERYBODY,
    Audience,
    ChannelAudience,
    EverybodyAudience,
    UserAudience,
    user_topic,
)
from shared.domain.catalog import Channel
from shared.domain.errors import TidingsError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE_ROWS = 1_000
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
BATCH_READS = 100
_TRIES = 5
# A count this large is read once in a few seconds: it costs a read unit for each 40 rows or so.
LARGE_COUNT = 1_000
LARGE_COUNT_SECONDS = 5.0


class ReadsRefused(TidingsError):
    """DynamoDB kept leaving keys unread: throttled beyond its client's patience."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoSubscribers:
    dynamodb: "DynamoDBClient"
    table: str
    shards: int
    _large: dict[Channel, tuple[float, int]] = field(default_factory=dict)

    def count(self, channel: Channel, *, now: float) -> int:
        known_at, known = self._large.get(channel, (0.0, 0))
        if known and now - known_at < LARGE_COUNT_SECONDS:
            return known
        count = 0
        for shard in range(self.shards):
            for answer in self._query(topic_shard(channel, shard), now, Select="COUNT"):
                count += answer["Count"]
        if count >= LARGE_COUNT:
            self._large[channel] = (now, count)
        else:
            self._large.pop(channel, None)
        return count

    def pages(self, audience: Audience, *, now: float) -> Iterator[Sequence[Subscriber]]:
        match audience:
            case ChannelAudience(channel):
                return self._topic(channel, now)
            case EverybodyAudience():
                return self._topic(EVERYBODY, now)
            case UserAudience(user_id, channel):
                return self._user_on_channel(user_id, channel, now)

    def drop(self, subscribers: Iterable[Subscriber]) -> None:
        keys = [
            {"topic_shard": {"S": one.topic_shard}, "connection_id": {"S": one.connection_id}}
            for one in subscribers
            if one.topic_shard
        ]
        delete_rows(self.dynamodb, self.table, keys)

    def _topic(self, topic: str, now: float) -> Iterator[Sequence[Subscriber]]:
        for shard in range(self.shards):
            for answer in self._query(topic_shard(topic, shard), now, page_rows=PAGE_ROWS):
                if answer["Items"]:
                    yield [_subscriber(item) for item in answer["Items"]]

    def _user_on_channel(self, user_id: str, channel: Channel, now: float) -> Iterator[Sequence[Subscriber]]:
        for answer in self._query(topic_shard(user_topic(user_id), 0), now, page_rows=BATCH_READS):
            keys = [
                {
                    "topic_shard": {"S": topic_shard(channel, int(item["shard"]["N"]))},
                    "connection_id": item["connection_id"],
                }
                for item in answer["Items"]
            ]
            items = [item for item in self._get(keys) if int(item["expires_at"]["N"]) > now]
            if items:
                yield [_subscriber(item) for item in items]

    def _query(self, key: str, now: float, *, page_rows: int | None = None, **more: Any) -> Iterator[Any]:
        paginator = self.dynamodb.get_paginator("query")
        yield from paginator.paginate(
            TableName=self.table,
            KeyConditionExpression="topic_shard = :key",
            FilterExpression="expires_at > :now",
            ExpressionAttributeValues={":key": {"S": key}, ":now": {"N": str(int(now))}},
            ConsistentRead=True,
            PaginationConfig={"PageSize": page_rows} if page_rows else {},
            **more,
        )

    def _get(self, keys: list[dict[str, Any]]) -> list[Item]:
        found: list[Item] = []
        left: Any = keys
        for _ in range(_TRIES):
            if not left:
                return found
            answer = self.dynamodb.batch_get_item(
                RequestItems={self.table: {"Keys": left, "ConsistentRead": True}}
            )
            found += answer["Responses"].get(self.table, [])
            unread = answer["UnprocessedKeys"].get(self.table)
            left = unread["Keys"] if unread else []
        if left:
            raise ReadsRefused(f"{len(left)} rows of {self.table}")
        return found


def _subscriber(item: Item) -> Subscriber:
    return Subscriber(item["connection_id"]["S"], float(item["connected_at"]["N"]), item["topic_shard"]["S"])
