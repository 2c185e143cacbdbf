"""Conflation windows, in the schedule table: what is held is due at a moment, as a planned message is."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.app.ports.windows import KeptWindow
from shared.aws.conditions import Item, new_writer, row_of_failure
from shared.aws.schedule import DUE_INDEX
from shared.domain.audience import shard_of
from shared.domain.conflation import Window
from shared.domain.intake import from_held_form, held_form
from shared.domain.limits import EVENT_ROW_SECONDS
from tidings.catalog import Catalog

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Only rows that hold an event are in the index. A partition of it takes 1,000 writes a second.
INDEX_SHARDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoWindows:
    dynamodb: "DynamoDBClient"
    table: str
    catalog: Catalog

    def read(self, key: str, *, now: float) -> KeptWindow:
        item = self.dynamodb.get_item(TableName=self.table, Key=_key(key), ConsistentRead=True).get("Item")
        return _kept(item, self.catalog, now)

    def write(self, key: str, window: Window, *, after: KeptWindow, now: float) -> KeptWindow | None:
        writer = new_writer()
        # A new row has no version, and DynamoDB takes no values that the expression does not name.
        condition: Any = {"ConditionExpression": "attribute_not_exists(version)"}
        if after.version:
            condition = {
                "ConditionExpression": "version = :known",
                "ExpressionAttributeValues": {":known": {"N": str(after.version)}},
            }
        try:
            self.dynamodb.put_item(
                TableName=self.table,
                Item=_item(key, window, version=after.version + 1, writer=writer, now=now),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **condition,
            )
        except ClientError as exc:
            row = row_of_failure(self.dynamodb, self.table, _key(key), exc) or {}
            return None if row.get("writer") == {"S": writer} else _kept(row, self.catalog, now)
        return None

    def overdue(self, *, before: float) -> Iterator[Sequence[str]]:
        for shard in range(INDEX_SHARDS):
            pages = self.dynamodb.get_paginator("query").paginate(
                TableName=self.table,
                IndexName=DUE_INDEX,
                KeyConditionExpression="due_shard = :shard AND due_at < :before",
                ExpressionAttributeValues={
                    ":shard": {"S": f"window#{shard}"},
                    ":before": {"N": str(int(before))},
                },
            )
            for page in pages:
                if page["Items"]:
                    yield [item["schedule_key"]["S"].removeprefix(_PREFIX) for item in page["Items"]]


_PREFIX = "window:"


def _key(key: str) -> dict[str, Any]:
    return {"schedule_key": {"S": f"{_PREFIX}{key}"}}


def _item(key: str, window: Window, *, version: int, writer: str, now: float) -> dict[str, Any]:
    held = None if window.held is None else held_form(window.held)
    content = {
        "ends_at": window.ends_at,
        "moment": window.moment,
        "seen": window.seen,
        "sent_id": window.sent_id,
        "held": held,
        "release_at": window.release_at,
        "running": dict(window.running),
    }
    item: dict[str, Any] = {
        **_key(key),
        "window": {"S": json.dumps(content, separators=(",", ":"))},
        "version": {"N": str(version)},
        "writer": {"S": writer},
        "expires_at": {"N": str(int(now) + EVENT_ROW_SECONDS)},
    }
    if window.release_at is not None:
        item["due_shard"] = {"S": f"window#{shard_of(key, INDEX_SHARDS)}"}
        item["due_at"] = {"N": str(int(window.release_at))}
    return item


def _kept(item: Item | None, catalog: Catalog, now: float) -> KeptWindow:
    if not item:
        return KeptWindow(window=None, version=0)
    version = int(item["version"]["N"])
    content = json.loads(item["window"]["S"])
    # TTL deletes late. A row that is over its time counts for nothing, unless it still holds an event.
    if int(item["expires_at"]["N"]) <= now and content["held"] is None:
        return KeptWindow(window=None, version=version)
    window = Window(
        ends_at=content["ends_at"],
        moment=content["moment"],
        seen=tuple(content["seen"]),
        sent_id=content["sent_id"],
        held=None if content["held"] is None else from_held_form(content["held"], catalog),
        release_at=content["release_at"],
        running=content["running"],
    )
    return KeptWindow(window=window, version=version)
