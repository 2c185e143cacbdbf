"""The latest message of each conflation window, in the events table."""

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.app.ports import Holding
from shared.aws.conditions import Item, is_failed_condition, row_of_failure
from shared.domain.intake import AcceptedEvent, from_held_form, held_form
from shared.domain.limits import EVENT_ROW_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoConflations:
    dynamodb: "DynamoDBClient"
    table: str

    def hold(self, key: str, event: AcceptedEvent, *, now: float, window_seconds: int) -> Holding:
        window_ends = self._begin(key, now=now, window_seconds=window_seconds)
        if window_ends is None:
            return Holding(held=False)
        previous_id = self._replace(key, event)
        # Also when the same event comes again: the first try may have died before it asked for the release.
        if previous_id in (None, event.id):
            return Holding(held=True, release_in_seconds=max(0, math.ceil(window_ends - now)))
        return Holding(held=True)

    def held(self, key: str) -> AcceptedEvent | None:
        item = self.dynamodb.get_item(TableName=self.table, Key=_key(key), ConsistentRead=True).get(
            "Item", {}
        )
        return from_held_form(json.loads(item["held"]["S"])) if "held" in item else None

    def clear(self, key: str, event_id: str, *, now: float) -> bool:
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key=_key(key),
                UpdateExpression="SET window_ends = :now + window_seconds REMOVE held, held_id, held_at",
                ConditionExpression="held_id = :id",
                ExpressionAttributeValues={":id": {"S": event_id}, ":now": {"N": str(now)}},
            )
        except ClientError as exc:
            if is_failed_condition(exc):
                return False
            raise
        return True

    def _begin(self, key: str, *, now: float, window_seconds: int) -> float | None:
        """None when a window begins now, else the end of the one that is open."""
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key=_key(key),
                UpdateExpression="SET window_ends = :end, window_seconds = :window, expires_at = :expires",
                ConditionExpression=(
                    "attribute_not_exists(held)"
                    " AND (attribute_not_exists(window_ends) OR window_ends <= :now)"
                ),
                ExpressionAttributeValues={
                    ":now": {"N": str(now)},
                    ":end": {"N": str(now + window_seconds)},
                    ":window": {"N": str(window_seconds)},
                    ":expires": {"N": str(int(now) + EVENT_ROW_SECONDS)},
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as exc:
            row = row_of_failure(self.dynamodb, self.table, _key(key), exc) or {}
            return float(row["window_ends"]["N"])
        return None

    def _replace(self, key: str, event: AcceptedEvent) -> str | None:
        """Hold the event unless a later one is held. Returns the id that was held before."""
        try:
            answer = self.dynamodb.update_item(
                TableName=self.table,
                Key=_key(key),
                UpdateExpression="SET held = :held, held_id = :id, held_at = :at",
                ConditionExpression="attribute_not_exists(held_at) OR held_at <= :at",
                ExpressionAttributeValues={
                    ":held": {"S": json.dumps(held_form(event))},
                    ":id": {"S": event.id},
                    ":at": {"N": str(event.occurred_at)},
                },
                ReturnValues="UPDATED_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as exc:
            item: Item = row_of_failure(self.dynamodb, self.table, _key(key), exc) or {}
        else:
            item = answer.get("Attributes", {})
        return item["held_id"]["S"] if "held_id" in item else None


def _key(key: str) -> dict[str, Any]:
    return {"stream": {"S": f"conflation#{key}"}, "offset": {"N": "0"}}
