"""What is kept of a user: found by its key where it has one, else by reading a whole table.

Planned messages and tickets are kept under keys that do not name their user. docs/decisions/0132 says why
there is no index, and what the reading costs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.app.ports.user_rows import Kept
from shared.aws.batches import Batches
from shared.aws.conditions import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROWS_PER_PAGE = 100
# What is read of a whole table at once: DynamoDB ends a page at a megabyte, too.
ROWS_PER_SCAN = 2_000
_MORE = "more"


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoUserRows:
    dynamodb: "DynamoDBClient"
    batches: Batches
    events_table: str
    schedule_table: str
    access_table: str

    def remove(self, kept: Kept, user_id: str, *, after: str | None) -> tuple[int, str | None]:
        match kept:
            case "events":
                return self._partition(f"user#{user_id}")
            case "items":
                return self._partition(f"inbox#{user_id}")
            case "plans":
                return self._scanned(self.schedule_table, "schedule_key", user_id, after)
            case "tickets":
                return self._scanned(self.access_table, "access_key", user_id, after)

    def _partition(self, stream: str) -> tuple[int, str | None]:
        """The head of a stream comes first: without it, nobody reads what is left."""
        answer = self.dynamodb.query(
            TableName=self.events_table,
            KeyConditionExpression="#stream = :stream",
            ProjectionExpression="#stream, #offset",
            ExpressionAttributeNames={"#stream": "stream", "#offset": "offset"},
            ExpressionAttributeValues={":stream": {"S": stream}},
            ConsistentRead=True,
            Limit=ROWS_PER_PAGE,
        )
        removed = self._delete(self.events_table, answer["Items"])
        return removed, _MORE if "LastEvaluatedKey" in answer else None

    def _scanned(self, table: str, key: str, user_id: str, after: str | None) -> tuple[int, str | None]:
        start: Any = {} if after is None else {"ExclusiveStartKey": {key: {"S": after}}}
        answer = self.dynamodb.scan(
            TableName=table,
            FilterExpression="user_id = :user",
            ProjectionExpression=key,
            ExpressionAttributeValues={":user": {"S": user_id}},
            Limit=ROWS_PER_SCAN,
            **start,
        )
        removed = self._delete(table, answer["Items"])
        last = answer.get("LastEvaluatedKey")
        return removed, None if last is None else last[key]["S"]

    def _delete(self, table: str, keys: Sequence[Item]) -> int:
        self.batches.delete([(table, dict(key)) for key in keys])
        return len(keys)
