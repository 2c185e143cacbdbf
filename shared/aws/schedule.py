"""Planned messages in the schedule table. The due index holds only what the queue does not have yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.aws.conditions import is_failed_condition
from shared.domain.audience import shard_of
from shared.domain.schedule import Cancelled, Planned

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DUE_INDEX = "due"
DAY_SECONDS = 24 * 60 * 60
# What was sent stays long enough that a retried or late event cannot plan it a second time.
KEPT_AFTER_DUE_SECONDS = 7 * DAY_SECONDS
# EventBridge retries for up to a day: an older event that late must still find the cancellation.
KEPT_CANCELLED_SECONDS = 2 * DAY_SECONDS
_NOT_OUTDATED = "attribute_not_exists(schedule_key) OR revision <= :revision"


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoSchedule:
    dynamodb: "DynamoDBClient"
    table: str
    shards: int

    def plan(self, planned: Planned) -> bool:
        item = {
            "schedule_key": {"S": planned.key},
            "due_shard": {"S": f"due#{shard_of(planned.key, self.shards)}"},
            "due_at": {"N": str(planned.due_at)},
            "revision": {"N": str(planned.revision)},
            "planned": {"S": planned.model_dump_json()},
            "expires_at": {"N": str(planned.due_at + KEPT_AFTER_DUE_SECONDS)},
        }
        return self._put(item)

    def cancel(self, cancelled: Cancelled) -> bool:
        item = {
            "schedule_key": {"S": cancelled.key},
            "revision": {"N": str(cancelled.revision)},
            "expires_at": {"N": str(cancelled.revision // 1000 + KEPT_CANCELLED_SECONDS)},
        }
        return self._put(item)

    def due(self, *, until: float) -> Iterator[Planned]:
        paginator = self.dynamodb.get_paginator("query")
        for shard in range(self.shards):
            pages = paginator.paginate(
                TableName=self.table,
                IndexName=DUE_INDEX,
                KeyConditionExpression="due_shard = :shard AND due_at <= :until",
                ExpressionAttributeValues={
                    ":shard": {"S": f"due#{shard}"},
                    ":until": {"N": str(int(until))},
                },
            )
            for page in pages:
                for item in page["Items"]:
                    yield Planned.model_validate_json(item["planned"]["S"])

    def handed_over(self, planned: Planned) -> None:
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key={"schedule_key": {"S": planned.key}},
                UpdateExpression="REMOVE due_shard",
                # Moved meanwhile: the new moment stays in the index.
                ConditionExpression="revision = :revision AND due_at = :due_at",
                ExpressionAttributeValues={
                    ":revision": {"N": str(planned.revision)},
                    ":due_at": {"N": str(planned.due_at)},
                },
            )
        except ClientError as exc:
            if not is_failed_condition(exc):
                raise

    def current(self, key: str, *, revision: int) -> Planned | None:
        item = self.dynamodb.get_item(
            TableName=self.table, Key={"schedule_key": {"S": key}}, ConsistentRead=True
        ).get("Item")
        if item is None or "planned" not in item or int(item["revision"]["N"]) != revision:
            return None
        return Planned.model_validate_json(item["planned"]["S"])

    def _put(self, item: dict[str, Any]) -> bool:
        try:
            self.dynamodb.put_item(
                TableName=self.table,
                Item=item,
                ConditionExpression=_NOT_OUTDATED,
                ExpressionAttributeValues={":revision": item["revision"]},
            )
        except ClientError as exc:
            if is_failed_condition(exc):
                return False
            raise
        return True
