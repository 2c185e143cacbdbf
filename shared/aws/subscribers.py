"""Reading topics: Query and BatchGet, never Scan.

Consistent reads, so that an acknowledged subscription misses no later event.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.app.ports import Page, Subscriber
from shared.aws.batches import BATCH_READS, Batches
from shared.aws.conditions import Item
from shared.aws.pages import TopicPages
from shared.aws.topics import topic_shard
from shared.domain.audience import (
    EVERYBODY,
    Audience,
    ChannelAudience,
    EverybodyAudience,
    UserAudience,
    user_topic,
)
from shared.domain.progress import Place

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A count this large is read once in a few seconds: it costs a read unit for each 40 rows or so.
LARGE_COUNT = 1_000
LARGE_COUNT_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoSubscribers:
    dynamodb: "DynamoDBClient"
    batches: Batches
    table: str
    shards: int
    _large: dict[str, tuple[float, int]] = field(default_factory=dict)

    def count(self, channel: str, *, now: float) -> int:
        known_at, known = self._large.get(channel, (0.0, 0))
        if known and now - known_at < LARGE_COUNT_SECONDS:
            return known
        pages = TopicPages(dynamodb=self.dynamodb, table=self.table, topic=channel, now=now)
        count = sum(pages.count(shard) for shard in range(self.shards))
        if count >= LARGE_COUNT:
            self._large[channel] = (now, count)
        else:
            self._large.pop(channel, None)
        return count

    def places(self, audience: Audience) -> tuple[Place, ...]:
        if isinstance(audience, UserAudience):
            return (Place(0),)
        shards = range(self.shards)
        if isinstance(audience, EverybodyAudience):
            return tuple(Place(shard) for shard in shards if audience.includes(shard))
        return tuple(Place(shard) for shard in shards)

    def pages(self, audience: Audience, places: Sequence[Place], *, now: float) -> Iterator[Page]:
        match audience:
            case UserAudience(user_id, channel):
                return self._user_on_channel(user_id, channel, places, now)
            case ChannelAudience(channel):
                topic = channel
            case _:
                topic = EVERYBODY
        return TopicPages(dynamodb=self.dynamodb, table=self.table, topic=topic, now=now).read(places)

    def _user_on_channel(
        self, user_id: str, channel: str, places: Sequence[Place], now: float
    ) -> Iterator[Page]:
        mine = TopicPages(
            dynamodb=self.dynamodb,
            table=self.table,
            topic=user_topic(user_id),
            now=now,
            rows=BATCH_READS,
            with_shard=True,
        )
        for place in places:
            at: Place | None = place
            while at is not None:
                answer = mine.query(at)
                keys = [
                    {
                        "topic_shard": {"S": topic_shard(channel, int(item["shard"]["N"]))},
                        "connection_id": item["connection_id"],
                    }
                    for item in answer.items
                ]
                items, units = self.batches.read(self.table, keys, ConsistentRead=True)
                found = [_subscriber(item) for item in items if int(item["expires_at"]["N"]) > now]
                yield Page(place.shard, found, answer.after, answer.read_units + units)
                at = None if answer.after is None else Place(place.shard, answer.after)


def _subscriber(item: Item) -> Subscriber:
    return Subscriber(item["connection_id"]["S"], float(item["connected_at"]["N"]), item["topic_shard"]["S"])
