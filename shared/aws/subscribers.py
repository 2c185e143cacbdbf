"""Reading topics: Query and BatchGet, never Scan.

Consistent reads, so that an acknowledged subscription misses no later event.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shared.app.ports.subscribers import Page
from shared.aws.batches import BATCH_READS, Batches
from shared.aws.conditions import Item
from shared.aws.pages import TopicPages
from shared.aws.topics import topic_shard
from shared.domain.audience import Audience, address_topic, user_topic
from shared.domain.progress import Place
from shared.domain.target import Target

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
        pages = self._topic(channel, now)
        count = sum(pages.count(shard) for shard in Audience(channel).shards(self.shards))
        if count >= LARGE_COUNT:
            self._large[channel] = (now, count)
        else:
            self._large.pop(channel, None)
        return count

    def places(self, audience: Audience) -> tuple[Place, ...]:
        return tuple(Place(shard) for shard in audience.shards(self.shards))

    def pages(self, audience: Audience, places: Sequence[Place], *, now: float) -> Iterator[Page]:
        if audience.user_id is not None and audience.channel is not None:
            return self._user_on_channel(audience.user_id, audience.channel, places, now)
        return self._topic(audience.topic, now).read(places)

    def of_user(self, user_id: str, *, now: float) -> Sequence[Target]:
        return self._all(user_topic(user_id), now)

    def of_address(self, address: str, *, now: float) -> Sequence[Target]:
        return self._all(address_topic(address), now)

    def _all(self, topic: str, now: float) -> Sequence[Target]:
        pages = self._topic(topic, now).read([Place(0)])
        found = [target for page in pages for target in page.targets]
        return sorted(found, key=lambda one: (one.connected_at, one.connection_id))

    def _topic(self, topic: str, now: float, **how: Any) -> TopicPages:
        return TopicPages(dynamodb=self.dynamodb, table=self.table, topic=topic, now=now, **how)

    def _user_on_channel(
        self, user_id: str, channel: str, places: Sequence[Place], now: float
    ) -> Iterator[Page]:
        mine = self._topic(user_topic(user_id), now, rows=BATCH_READS, with_shard=True)
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
                found = self.batches.read(self.table, keys, ConsistentRead=True)
                # A row left behind under the user, and one that a later connection of the same id has under
                # the channel, are of different connections: they began at different moments.
                began = {item["connection_id"]["S"]: item["connected_at"] for item in answer.items}
                targets = [
                    _target(item)
                    for item in found.items
                    if int(item["expires_at"]["N"]) > now
                    and item["connected_at"] == began[item["connection_id"]["S"]]
                ]
                yield Page(place.shard, targets, answer.after, answer.read_units + found.read_units)
                at = None if answer.after is None else Place(place.shard, answer.after)


def _target(item: Item) -> Target:
    return Target(item["connection_id"]["S"], float(item["connected_at"]["N"]), item["topic_shard"]["S"])
