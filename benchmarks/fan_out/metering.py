"""Counts the AWS requests that are made, and the DynamoDB units they take.

A write is one unit for each kilobyte of the row, a consistent read one for each four kilobytes
(of a Query: of all rows read).
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-unit-calculations.html
"""

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import boto3

WRITES = ("PutItem", "UpdateItem", "DeleteItem")


@dataclass
class Count:
    requests: Counter[str] = field(default_factory=Counter)
    read_units: float = 0.0
    write_units: float = 0.0
    posts: int = 0

    @property
    def described(self) -> str:
        return ", ".join(f"{count} {name}" for name, count in sorted(self.requests.items()))


class Meter:
    """Clients whose calls are counted into `now`."""

    def __init__(self) -> None:
        session = boto3.Session(region_name="us-east-1")
        session.events.register("provide-client-params.*.*", self._asked)
        session.events.register("after-call.dynamodb.Query", self._queried)
        self.dynamodb = session.client("dynamodb")
        self.sqs = session.client("sqs")
        # Looks at rows as they are before a write, and is not counted.
        self._beside = boto3.client("dynamodb", region_name="us-east-1")
        self.now = Count()
        self.row_bytes = 0

    def _asked(self, params: dict[str, Any], model: Any, **_more: Any) -> None:
        self.now.requests[model.name] += 1
        if model.name in WRITES:
            self.now.write_units += self._write_units(params["TableName"], params)
        elif model.name == "GetItem":
            self.now.read_units += 1
        elif model.name == "BatchWriteItem":
            self.now.write_units += sum(
                self._write_units(name, next(iter(one.values())))
                for name, requests in params["RequestItems"].items()
                for one in requests
            )
        elif model.name == "BatchGetItem":
            self.now.read_units += sum(
                len(one["Keys"]) * (1 if one.get("ConsistentRead") else 0.5)
                for one in params["RequestItems"].values()
            )

    def _write_units(self, table_name: str, write: dict[str, Any]) -> int:
        """Of a row that is put, its size; of one that is changed or deleted, that before it."""
        row = write.get("Item") or self._beside.get_item(TableName=table_name, Key=write["Key"]).get("Item")
        return max(1, math.ceil(row_bytes(row or {}) / 1024))

    def _queried(self, parsed: dict[str, Any], **_more: Any) -> None:
        rows = [row for row in parsed.get("Items", ()) if "envelope" in row]
        size_bytes = sum(map(row_bytes, rows)) if rows else parsed["Count"] * self.row_bytes
        self.now.read_units += max(1, math.ceil(size_bytes / 4096))


def row_bytes(row: dict[str, Any]) -> int:
    """The size of a row by DynamoDB's rules: names and strings in bytes, a number half its digits and one."""
    return sum(
        len(name) + (sum(map(len, value["SS"])) if "SS" in value else _value_bytes(value))
        for name, value in row.items()
    )


def _value_bytes(value: dict[str, Any]) -> int:
    if "S" in value:
        return len(value["S"])
    return (len(value["N"].replace(".", "")) + 1) // 2 + 1 if "N" in value else 1
