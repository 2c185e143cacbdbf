"""Planned messages in the schedule table. The due index holds only what the queue does not have yet."""

import json
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.app.ports.schedule import ChangeResult
from shared.aws.conditions import Item, is_failed_condition, row_of_failure
from shared.domain.audience import shard_of
from shared.domain.deliveries import Scheduled
from shared.domain.errors import TryAgain
from shared.domain.schedule import PlanChange, Planned

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DUE_INDEX = "due"
# Not a setting: messages planned a year ahead must still be found. A partition of the index takes 1,000
# writes a second.
DUE_SHARDS = 8
PAGE_ROWS = 100
# As many as botocore keeps connections by default.
MARKS_IN_FLIGHT = 10
_TRIES = 5
# Each tick writes its bookmarks anew; those of work that was given up go.
BOOKMARK_SECONDS = 30 * 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoSchedule:
    dynamodb: "DynamoDBClient"
    table: str
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(MARKS_IN_FLIGHT))

    def tell(self, change: PlanChange) -> ChangeResult:
        condition = "attribute_not_exists(schedule_key) OR revision < :revision"
        values: dict[str, Any] = {":revision": {"N": str(change.revision)}}
        item, told = row_of(change), ChangeResult.CHANGED
        if not isinstance(change, Planned) and change.unless_due_at is not None:
            condition = f"({condition}) AND (attribute_not_exists(due_at) OR due_at <> :kept)"
            values[":kept"] = {"N": str(change.unless_due_at)}
        for _ in range(_TRIES):
            row = self._put(item, condition, values)
            if row is None:
                return told
            merged = _merge(row, change)
            if isinstance(merged, ChangeResult):
                return merged
            item, told = merged
            condition = "revision = :revision AND told_by = :told_by"
            values = {":revision": row["revision"], ":told_by": row["told_by"]}
        raise TryAgain(change.key)

    def due(self, *, until: float, turn: int) -> Iterator[Sequence[Scheduled]]:
        shards = deque(self._pages(shard, until) for shard in range(DUE_SHARDS))
        shards.rotate(-turn % DUE_SHARDS)
        while shards:
            pages = shards.popleft()
            page = next(pages, None)
            if page is not None:
                shards.append(pages)
                yield page

    def handed_over(self, handed: Sequence[Scheduled]) -> None:
        list(self.pool.map(self._mark, handed))

    def current(self, due: Scheduled) -> Planned | None:
        item = self.dynamodb.get_item(
            TableName=self.table, Key=_key(due.schedule_key), ConsistentRead=True
        ).get("Item")
        planned = None if item is None or "due_at" not in item else _planned(item)
        return planned if planned is not None and planned.due == due else None

    def remove(self, due: Scheduled) -> None:
        try:
            self.dynamodb.delete_item(
                TableName=self.table,
                Key=_key(due.schedule_key),
                ConditionExpression="due_at = :due_at",
                ExpressionAttributeValues={":due_at": {"N": str(due.due_at)}},
            )
        except ClientError as exc:
            if not is_failed_condition(exc):
                raise

    def bookmark(self, name: str) -> str | None:
        item = self.dynamodb.get_item(TableName=self.table, Key=_bookmark_key(name)).get("Item", {})
        return item["place"]["S"] if "place" in item else None

    def set_bookmark(self, name: str, place: str | None, *, now: float) -> None:
        item = {**_bookmark_key(name), "expires_at": {"N": str(int(now) + BOOKMARK_SECONDS)}}
        if place is not None:
            item["place"] = {"S": place}
        self.dynamodb.put_item(TableName=self.table, Item=item)

    def _put(self, item: dict[str, Any], condition: str, values: dict[str, Any]) -> Item | None:
        """None when written, else the row that failed the condition."""
        try:
            self.dynamodb.put_item(
                TableName=self.table,
                Item=item,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as exc:
            row = row_of_failure(self.dynamodb, self.table, {"schedule_key": item["schedule_key"]}, exc)
            if row is None:  # deleted by TTL just now: the event's own retry finds the place free
                raise
            return row
        return None

    def _pages(self, shard: int, until: float) -> Iterator[Sequence[Scheduled]]:
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.table,
            IndexName=DUE_INDEX,
            KeyConditionExpression="due_shard = :shard AND due_at <= :until",
            ExpressionAttributeValues={":shard": {"S": f"due#{shard}"}, ":until": {"N": str(int(until))}},
            PaginationConfig={"PageSize": PAGE_ROWS},
        )
        for page in pages:
            if page["Items"]:
                yield [
                    Scheduled(schedule_key=item["schedule_key"]["S"], due_at=int(item["due_at"]["N"]))
                    for item in page["Items"]
                ]

    def _mark(self, due: Scheduled) -> None:
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key=_key(due.schedule_key),
                UpdateExpression="REMOVE due_shard",
                # Moved meanwhile: the new moment stays in the index.
                ConditionExpression="due_at = :due_at",
                ExpressionAttributeValues={":due_at": {"N": str(due.due_at)}},
            )
        except ClientError as exc:
            if not is_failed_condition(exc):
                raise


def _merge(row: Item, change: PlanChange) -> ChangeResult | tuple[dict[str, Any], ChangeResult]:
    """What a change comes to where a row is: the answer, or the row to write and the answer then."""
    present, told_by = int(row["revision"]["N"]), row["told_by"]["SS"]
    if present > change.revision:
        return ChangeResult.OUTDATED
    if present == change.revision and change.told_by in told_by:
        return ChangeResult.UNCHANGED
    told = {"SS": [change.told_by, *(told_by if present == change.revision else ())]}
    if not isinstance(change, Planned) and row.get("due_at") == {"N": str(change.unless_due_at)}:
        return {**row, "revision": {"N": str(change.revision)}, "told_by": told}, ChangeResult.UNCHANGED
    return {**row_of(change), "told_by": told}, ChangeResult.CHANGED


def row_of(change: PlanChange) -> dict[str, Any]:
    """The row as it is written where none was before."""
    item: dict[str, Any] = {
        **_key(change.key),
        "revision": {"N": str(change.revision)},
        "told_by": {"SS": [change.told_by]},
        "expires_at": {"N": str(change.expires_at)},
    }
    if not isinstance(change, Planned):
        return item
    item |= {
        "due_shard": {"S": f"due#{shard_of(change.key, DUE_SHARDS)}"},
        "due_at": {"N": str(change.due_at)},
        "event_id": {"S": change.event_id},
        "event_type": {"S": change.event_type},
        "data": {"S": json.dumps(change.data)},
    }
    if change.user_id is not None:
        item["user_id"] = {"S": change.user_id}
    if change.counts_down_to is not None:
        item["counts_down_to"] = {"N": str(change.counts_down_to)}
    return item


def _planned(item: Item) -> Planned:
    return Planned(
        key=item["schedule_key"]["S"],
        due_at=int(item["due_at"]["N"]),
        revision=int(item["revision"]["N"]),
        told_by=min(item["told_by"]["SS"]),
        event_id=item["event_id"]["S"],
        event_type=item["event_type"]["S"],
        data=json.loads(item["data"]["S"]),
        user_id=item.get("user_id", {}).get("S"),
        counts_down_to=float(item["counts_down_to"]["N"]) if "counts_down_to" in item else None,
    )


def _key(key: str) -> dict[str, Any]:
    return {"schedule_key": {"S": key}}


def _bookmark_key(name: str) -> dict[str, Any]:
    # A reminder's key never begins so: see RESERVED in tidings.reminders.
    return _key(f"bookmark:{name}")
