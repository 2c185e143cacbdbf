"""Removing dead connections in batches: their rows are read together and deleted together.

No condition is needed on the deletes: API Gateway never gives an id twice, so the rows can be nobody else's.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.app.ports import Subscriber
from shared.aws.admission import connection_of
from shared.aws.conditions import Item
from shared.aws.topics import delete_everywhere, row_key
from shared.domain.audience import topics_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BATCH_READS = 100
BATCHES_AT_ONCE = 4
_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaper:
    dynamodb: "DynamoDBClient"
    connections_table: str
    subscriptions_table: str

    def __call__(self, dead: Sequence[Subscriber]) -> None:
        batches = [dead[start : start + BATCH_READS] for start in range(0, len(dead), BATCH_READS)]
        if len(batches) <= 1:
            for batch in batches:
                self._remove(batch)
            return
        with ThreadPoolExecutor(BATCHES_AT_ONCE) as pool:
            for _ in pool.map(self._remove, batches):
                pass

    def _remove(self, dead: Sequence[Subscriber]) -> None:
        # What it was found under goes too, also when its connection has no row of its own any more.
        found = {(one.topic_shard, one.connection_id) for one in dead if one.topic_shard}
        for item in self._rows([{"connection_id": {"S": one.connection_id}} for one in dead]):
            connection = connection_of(item)
            for topic in topics_of(connection):
                key = row_key(connection, topic)
                found.add((key["topic_shard"]["S"], connection.connection_id))
        topic_rows = [
            {"topic_shard": {"S": shard}, "connection_id": {"S": connection_id}}
            for shard, connection_id in sorted(found)
        ]
        rows = [{"connection_id": {"S": one.connection_id}} for one in dead]
        # The connection's own row last: a crash before it leaves what is needed to find the others again.
        delete_everywhere(
            self.dynamodb,
            [(self.subscriptions_table, key) for key in topic_rows]
            + [(self.connections_table, key) for key in rows],
        )

    def _rows(self, keys: Any) -> list[Item]:
        rows: list[Item] = []
        for _ in range(_TRIES):
            answer = self.dynamodb.batch_get_item(
                RequestItems={self.connections_table: {"Keys": keys, "ConsistentRead": True}}
            )
            rows += answer["Responses"].get(self.connections_table, [])
            unread = answer["UnprocessedKeys"].get(self.connections_table)
            if not unread:
                return rows
            keys = unread["Keys"]
        return rows
