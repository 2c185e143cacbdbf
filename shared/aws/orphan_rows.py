"""Walking all topics for the sweep: Query page by page, BatchGet of their connections, never Scan."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.app.ports.orphan_rows import FoundConnections, TopicPage, TopicRow
from shared.aws.batches import Batches
from shared.aws.conditions import Item, is_failed_condition
from shared.aws.topics import topic_shard
from shared.domain.audience import EVERYBODY, EVERYBODY_TOPICS, address_topic, has_one_shard, user_topic

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoOrphanRows:
    dynamodb: "DynamoDBClient"
    batches: Batches
    connections_table: str
    subscriptions_table: str
    shards: int
    channels: Sequence[str]
    """Those without parameters."""

    @property
    def _topics(self) -> Sequence[str]:
        """Those that can be listed. Users' rows go with the one among everybody's, or by TTL."""
        return (*EVERYBODY_TOPICS, *self.channels)

    def page(self, place: str | None, *, rows: int) -> TopicPage:
        # A place is a number, of a shard of a topic, and the last connection read there.
        number, _, after = (place or "0:").partition(":")
        index = int(number) % (len(self._topics) * self.shards)
        key = topic_shard(self._topics[index // self.shards], index % self.shards)
        page = self._query(key, after, rows)
        if page.next_place is not None:
            return replace(page, next_place=f"{index}:{page.next_place}")
        is_last = index + 1 >= len(self._topics) * self.shards
        return replace(page, next_place=None if is_last else f"{index + 1}:")

    def page_of(self, channel: str, place: str | None, *, rows: int) -> TopicPage:
        return self._query(topic_shard(channel, 0), place or "", rows)

    def _query(self, key: str, after: str, rows: int) -> TopicPage:
        start: Any = {"topic_shard": {"S": key}, "connection_id": {"S": after}}
        answer = self.dynamodb.query(
            TableName=self.subscriptions_table,
            KeyConditionExpression="topic_shard = :key",
            ExpressionAttributeValues={":key": {"S": key}},
            Limit=rows,
            ReturnConsumedCapacity="TOTAL",
            **({"ExclusiveStartKey": start} if after else {}),
        )
        return TopicPage(
            rows=[_topic_row(item) for item in answer["Items"]],
            next_place=answer.get("LastEvaluatedKey", {}).get("connection_id", {}).get("S"),
            units=_units(answer.get("ConsumedCapacity")),
        )

    def known(self, connection_ids: Sequence[str], *, ended_before: float) -> FoundConnections:
        if not connection_ids:
            return FoundConnections(connection_ids=frozenset(), units=0.0)
        # Twice in a request is an error; eventually consistent, at half the price: the rows are not young.
        keys: Any = [{"connection_id": {"S": one}} for one in dict.fromkeys(connection_ids)]
        wanted: Any = {"Keys": keys, "ProjectionExpression": "connection_id, channels, valid_until"}
        answer = self.dynamodb.batch_get_item(
            RequestItems={self.connections_table: wanted},
            ReturnConsumedCapacity="TOTAL",
        )
        found = answer["Responses"].get(self.connections_table, [])
        unread = answer["UnprocessedKeys"].get(self.connections_table, {"Keys": []})["Keys"]
        lasting = [one for one in found if float(one.get("valid_until", _NEVER)["N"]) >= ended_before]
        return FoundConnections(
            connection_ids={item["connection_id"]["S"] for item in (*lasting, *unread)},
            units=sum(_units(one) for one in answer.get("ConsumedCapacity", [])),
            channels={
                channel
                for item in found
                for channel in item.get("channels", {}).get("SS", [])
                if has_one_shard(channel)
            },
        )

    def remove(self, rows: Sequence[TopicRow], *, now: float) -> float:
        # The connection's own row first: while it is there, the rows can be found again.
        heads = [row for row in rows if row.topic_shard.startswith(EVERYBODY)]
        for row in heads:
            self._remove_expired(row.connection_id, now)
        keys = [_key(row.topic_shard, row.connection_id) for row in rows]
        keys += [_key(topic_shard(topic, 0), row.connection_id) for row in heads for topic in row.own_topics]
        self.batches.delete([(self.subscriptions_table, key) for key in keys])
        return float(len(heads) + len(keys))

    def _remove_expired(self, connection_id: str, now: float) -> None:
        try:
            self.dynamodb.delete_item(
                TableName=self.connections_table,
                Key={"connection_id": {"S": connection_id}},
                ConditionExpression="expires_at <= :now",
                ExpressionAttributeValues={":now": {"N": str(int(now))}},
            )
        except ClientError as exc:
            if not is_failed_condition(exc):
                raise


_NEVER = {"N": "inf"}
_OWN = (("user_id", user_topic), ("address", address_topic))


def _topic_row(item: Item) -> TopicRow:
    return TopicRow(
        topic_shard=item["topic_shard"]["S"],
        connection_id=item["connection_id"]["S"],
        connected_at=float(item["connected_at"]["N"]),
        expires_at=float(item["expires_at"]["N"]),
        own_topics=[topic_of(item[name]["S"]) for name, topic_of in _OWN if name in item],
    )


def _key(topic_shard_: str, connection_id: str) -> dict[str, Any]:
    return {"topic_shard": {"S": topic_shard_}, "connection_id": {"S": connection_id}}


def _units(consumed: Any) -> float:
    # A read costs half a unit at least, also when nothing is there; some local engines do not say.
    return max(0.5, float((consumed or {}).get("CapacityUnits", 0.0)))
