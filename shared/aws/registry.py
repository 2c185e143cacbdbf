"""Connections and their topic rows in DynamoDB.

Single conditional writes in a safe order; transactions would cost twice as much. A connection is registered
topics first and removed own row first: what a crash leaves behind are topic rows, which the first 410 or the
sweep finds. docs/decisions/0072 says what rests on connection ids being unique.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.aws.batches import BATCH_READS, Batches
from shared.aws.conditions import Item
from shared.aws.connection_rows import connection_of, key_of, row_of
from shared.aws.topics import end_rows, row_key, topic_row
from shared.domain.audience import topics_of
from shared.domain.connection import Connection
from shared.domain.target import Target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REMOVALS_AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoRegistry:
    dynamodb: "DynamoDBClient"
    batches: Batches
    connections_table: str
    subscriptions_table: str

    def add(self, connection: Connection) -> None:
        rows = [topic_row(connection, topic) for topic in topics_of(connection)]
        self.batches.put(self.subscriptions_table, rows)
        former = self.dynamodb.put_item(
            TableName=self.connections_table, Item=row_of(connection), ReturnValues="ALL_OLD"
        ).get("Attributes")
        if former:
            # An id that came twice: the rows of the earlier connection must bring this one nothing.
            lost = set(topics_of(connection_of(former))) - set(topics_of(connection))
            keys = [row_key(connection_of(former), topic) for topic in sorted(lost)]
            self.batches.delete([(self.subscriptions_table, key) for key in keys])

    def find(self, connection_id: str) -> Connection | None:
        row = self._row(connection_id)
        return None if row is None else connection_of(row)

    def refresh(self, connection: Connection) -> None:
        end_rows(self.dynamodb, self.subscriptions_table, connection, topics_of(connection))

    def remove(self, connection_id: str) -> bool:
        known = self._row(connection_id)
        if known is None:
            return False
        # The own row first: a subscription under way looks at it last, and takes itself back. What it names
        # now counts; nothing, when a deletion that was carried out is asked for again.
        answer = self.dynamodb.delete_item(
            TableName=self.connections_table, Key=key_of(connection_id), ReturnValues="ALL_OLD"
        )
        connection = connection_of(answer.get("Attributes") or known)
        # The row among everybody's last: by it the next ping and the sweep find what a crash leaves.
        keys = [row_key(connection, topic) for topic in reversed(topics_of(connection))]
        self.batches.delete([(self.subscriptions_table, key) for key in keys])
        return True

    def remove_all(self, dead: Sequence[Target]) -> None:
        """Read together and deleted together. Raises TryAgain."""
        batches = [dead[start : start + BATCH_READS] for start in range(0, len(dead), BATCH_READS)]
        if len(batches) <= 1:
            for batch in batches:
                self._remove_together(batch)
            return
        with ThreadPoolExecutor(REMOVALS_AT_ONCE) as pool:
            for _ in pool.map(self._remove_together, batches):
                pass

    def _remove_together(self, dead: Sequence[Target]) -> None:
        own = [key_of(one.connection_id) for one in dead]
        # What it was found under goes too, also when its connection has no row of its own any more.
        found = {(one.topic_shard, one.connection_id) for one in dead if one.topic_shard}
        for row in self.batches.read(self.connections_table, own, ConsistentRead=True).items:
            connection = connection_of(row)
            for topic in topics_of(connection):
                key = row_key(connection, topic)
                found.add((key["topic_shard"]["S"], connection.connection_id))
        # Those among everybody's last: by them the next ping and the sweep find what a crash leaves.
        topic_rows = [
            {"topic_shard": {"S": shard}, "connection_id": {"S": connection_id}}
            for shard, connection_id in sorted(found, reverse=True)
        ]
        self.batches.delete(
            [(self.connections_table, key) for key in own]
            + [(self.subscriptions_table, key) for key in topic_rows]
        )

    def _row(self, connection_id: str) -> Item | None:
        return self.dynamodb.get_item(
            TableName=self.connections_table, Key=key_of(connection_id), ConsistentRead=True
        ).get("Item")
