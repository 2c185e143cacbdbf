"""Reads a topic's rows page by page, its shards side by side. Only the next page of each is held."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.app.ports.subscribers import Page
from shared.aws.batches import Rows
from shared.aws.reading import lean, read_lean
from shared.aws.topics import topic_shard
from shared.domain.progress import Place
from shared.domain.target import Target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE_ROWS = 1_000
SHARDS_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPages:
    dynamodb: "DynamoDBClient"
    table: str
    topic: str
    now: float
    rows: int = PAGE_ROWS
    with_shard: bool = False

    def read(self, places: Sequence[Place]) -> Iterator[Page]:
        if len(places) == 1:
            yield from self._one(places[0])
            return
        # Threads of its own, gone with it: a SnapStart snapshot and an idle function hold none.
        with ThreadPoolExecutor(min(len(places), SHARDS_AT_ONCE)) as pool:
            begun = deque((place, pool.submit(self._page, place)) for place in places[:SHARDS_AT_ONCE])
            rest = deque(places[SHARDS_AT_ONCE:])
            while begun:
                place, page = begun.popleft()
                found = page.result()
                following = rest.popleft() if found.after is None and rest else None
                if found.after is not None:
                    following = Place(place.shard, found.after)
                if following is not None:
                    begun.append((following, pool.submit(self._page, following)))
                yield found

    def query(self, place: Place) -> Rows:
        wanted: dict[str, Any] = {"ProjectionExpression": "connection_id, connected_at"}
        if self.with_shard:
            wanted = {
                "ProjectionExpression": "connection_id, connected_at, #shard",
                "ExpressionAttributeNames": {"#shard": "shard"},
            }
        answer = self._query(place.shard, place.after, Limit=self.rows, **wanted)
        after = answer.get("LastEvaluatedKey")
        return Rows(answer["Items"], _units(answer), after["connection_id"]["S"] if after else None)

    def count(self, shard: int) -> int:
        found = 0
        after: str | None = None
        while True:
            answer = self._query(shard, after, Select="COUNT")
            found += int(answer["Count"])
            if "LastEvaluatedKey" not in answer:
                return found
            after = answer["LastEvaluatedKey"]["connection_id"]["S"]

    def _one(self, place: Place) -> Iterator[Page]:
        page = self._page(place)
        yield page
        while page.after is not None:
            page = self._page(Place(place.shard, page.after))
            yield page

    def _page(self, place: Place) -> Page:
        found, key = self.query(place), topic_shard(self.topic, place.shard)
        targets = [
            Target(item["connection_id"]["S"], float(item["connected_at"]["N"]), key) for item in found.items
        ]
        return Page(place.shard, targets, found.after, found.read_units)

    def _query(self, shard: int, after: str | None, **more: Any) -> Any:
        key = topic_shard(self.topic, shard)
        if after is not None:
            more["ExclusiveStartKey"] = {"topic_shard": {"S": key}, "connection_id": {"S": after}}
        read_lean(self.dynamodb)
        with lean():
            return self.dynamodb.query(
                TableName=self.table,
                KeyConditionExpression="topic_shard = :key",
                FilterExpression="expires_at > :now",
                ExpressionAttributeValues={":key": {"S": key}, ":now": {"N": str(int(self.now))}},
                ConsistentRead=True,
                ReturnConsumedCapacity="TOTAL",
                **more,
            )


def _units(answer: Any) -> float:
    return float(answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0))
