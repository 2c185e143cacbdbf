"""Removing dead connections in batches: their rows are read together and deleted together."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from shared.app.ports import Subscriber
from shared.aws.admission import connection_of
from shared.aws.batches import BATCH_READS, Batches
from shared.aws.topics import row_key
from shared.domain.audience import topics_of

BATCHES_AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaper:
    batches: Batches
    connections_table: str
    subscriptions_table: str

    def __call__(self, dead: Sequence[Subscriber]) -> None:
        """Raises BatchRefused."""
        batches = [dead[start : start + BATCH_READS] for start in range(0, len(dead), BATCH_READS)]
        if len(batches) <= 1:
            for batch in batches:
                self._remove(batch)
            return
        with ThreadPoolExecutor(BATCHES_AT_ONCE) as pool:
            for _ in pool.map(self._remove, batches):
                pass

    def _remove(self, dead: Sequence[Subscriber]) -> None:
        own = [{"connection_id": {"S": one.connection_id}} for one in dead]
        # What it was found under goes too, also when its connection has no row of its own any more.
        found = {(one.topic_shard, one.connection_id) for one in dead if one.topic_shard}
        for item in self.batches.read(self.connections_table, own, ConsistentRead=True).items:
            connection = connection_of(item)
            for topic in topics_of(connection):
                key = row_key(connection, topic)
                found.add((key["topic_shard"]["S"], connection.connection_id))
        topic_rows = [
            {"topic_shard": {"S": shard}, "connection_id": {"S": connection_id}}
            for shard, connection_id in sorted(found)
        ]
        # The own row first, as whenever a connection is removed: a subscription under way looks at it last.
        self.batches.delete(
            [(self.connections_table, key) for key in own]
            + [(self.subscriptions_table, key) for key in topic_rows]
        )
