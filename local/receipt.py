"""What became of an event, read from the local system's tables: `make receipt ID=…`."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError

from local.running_tables import aws_endpoint, dynamodb_at, nothing_answers, tables_named

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

COUNTS = ("matched", "delivered", "gone", "throttled", "failed", "waiting", "retries", "posts_throttled")


def main(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> int:
    event_id = " ".join(arguments).strip()
    if not event_id:
        print("Say which: make receipt ID=the-event's-id", file=sys.stderr)  # noqa: T201  a command prints
        return 2
    endpoint = aws_endpoint(environment)
    dynamodb = dynamodb_at(endpoint)
    try:
        tables = tables_named(dynamodb, "events")
        parts = [row for table in tables for row in read_parts(dynamodb, table, event_id)]
    except (BotoCoreError, ValueError):
        print(nothing_answers(endpoint), file=sys.stderr)  # noqa: T201
        return 1
    print(told(event_id, parts) if parts else f"Nothing is known of {event_id}.")  # noqa: T201
    return 0 if parts else 1


def read_parts(dynamodb: "DynamoDBClient", table: str, event_id: str) -> Iterator[Mapping[str, Any]]:
    """The event's row and those of its parts."""
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="#stream = :event",
        ExpressionAttributeNames={"#stream": "stream"},
        ExpressionAttributeValues={":event": {"S": f"event#{event_id}"}},
        ConsistentRead=True,
    )
    for page in pages:
        yield from page["Items"]


def told(event_id: str, parts: list[Mapping[str, Any]]) -> str:
    receipts = [_numbers(row) for row in parts]
    handed = int(sum(receipt.get("parts", 0) for receipt in receipts))
    finished = sum("finished" in row for row in parts)
    outstanding = max(handed + 1, len(parts)) - finished
    first = [receipt["first_delivered_at"] for receipt in receipts if "first_delivered_at" in receipt]
    last = [receipt["last_delivered_at"] for receipt in receipts if "last_delivered_at" in receipt]
    published = max(receipt.get("published_at", 0.0) for receipt in receipts)
    lines = [f"event              {event_id}"]
    lines += [f"{name:<18} {int(sum(receipt.get(name, 0) for receipt in receipts))}" for name in COUNTS]
    lines.append(f"{'parts':<18} {handed + 1}, {outstanding} outstanding")
    lines.append(f"{'read units':<18} {sum(receipt.get('read_units', 0.0) for receipt in receipts):g}")
    for name, words in (("offset", "offset"), ("previous", "previous offset"), ("inbox", "number in inbox")):
        if number := int(receipts[0].get(name, 0)):
            lines.append(f"{words:<18} {number}")
    for name in sorted({name for receipt in receipts for name in receipt if name.startswith("removed_")}):
        lines.append(f"{name.replace('_', ' '):<18} {int(sum(one.get(name, 0) for one in receipts))}")
    if published:
        lines.append(f"{'published':<18} {_moment(published)}")
    if first and last:
        lines.append(f"{'first delivery':<18} {_moment(min(first))}")
        lines.append(f"{'last delivery':<18} {_moment(max(last))}")
    if last and published:
        lines.append(f"{'latency':<18} {max(0.0, max(last) - published):.3f} s")
    return "\n".join(lines)


def _numbers(row: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value["N"]) for name, value in row.get("receipt", {}).get("M", {}).items()}


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
