"""Sends DynamoDB's batch requests until every item is done.

Items that an answer leaves unprocessed are sent again after growing waits, as AWS asks: a table that is new,
or suddenly busy, takes some seconds to grow.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html#Programming.Errors.BatchOperations
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.app.ports.clock import Clock
from shared.domain.errors import TryAgain

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
BATCH_READS = 100
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
BATCH_WRITES = 25
# About six seconds in all, with jitter: less than the shortest of our functions may run.
WAITS_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)


class Rows(NamedTuple):
    items: Sequence[dict[str, Any]]
    read_units: float
    after: str | None = None
    """Where a page goes on; None when it is the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    dynamodb: "DynamoDBClient"
    clock: Clock
    jitter: Callable[[], float]
    """A random number in [0, 1)."""

    def read(self, table: str, keys: Sequence[dict[str, Any]], **how: Any) -> Rows:
        """The rows of these keys, in any order; `how` is passed on (ConsistentRead, ProjectionExpression).

        Raises TryAgain.
        """
        items: list[dict[str, Any]] = []
        units = 0.0
        for start in range(0, len(keys), BATCH_READS):
            left: Any = {table: {"Keys": list(keys[start : start + BATCH_READS]), **how}}
            for _ in self._tries(table):
                answer = self.dynamodb.batch_get_item(RequestItems=left, ReturnConsumedCapacity="TOTAL")
                items += answer["Responses"].get(table, [])
                units += sum(one["CapacityUnits"] for one in answer.get("ConsumedCapacity", []))
                left = answer.get("UnprocessedKeys")
                if not left:
                    break
        return Rows(items, units)

    def put(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        """Raises TryAgain."""
        self._write([(table, {"PutRequest": {"Item": row}}) for row in rows])

    def delete(self, keys: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """Rows of several tables, each named with its key, in this order. Raises TryAgain."""
        self._write([(table, {"DeleteRequest": {"Key": key}}) for table, key in keys])

    def _write(self, requests: "Sequence[tuple[str, WriteRequestTypeDef]]") -> None:
        for start in range(0, len(requests), BATCH_WRITES):
            left: Any = {}
            for table, request in requests[start : start + BATCH_WRITES]:
                left.setdefault(table, []).append(request)
            for _ in self._tries(", ".join(left)):
                left = self.dynamodb.batch_write_item(RequestItems=left)["UnprocessedItems"]
                if not left:
                    break

    def _tries(self, tables: str) -> Iterator[None]:
        """Go on until the loop is left; raises TryAgain when the waits are used up."""
        yield
        for wait_seconds in WAITS_SECONDS:
            self.clock.sleep(wait_seconds * (1 + self.jitter()) / 2)
            yield
        raise TryAgain(f"DynamoDB keeps leaving rows of {tables} unprocessed")
