"""DynamoDB in memory: the calls, expressions, errors and units that this project uses."""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from simulation.memory.answers import (
    Answer,
    Request,
    batch_write,
    charged_all,
    charged_for,
    key_names,
    returned,
)
from simulation.memory.errors import client_error, invalid
from simulation.memory.querying import condition_of, projected, query, scan
from simulation.memory.tables import Index, Key, Row, Table
from simulation.memory.units import read_units, write_units
from simulation.memory.updates import Update, compile_update
from simulation.memory.values import Item, stored

BATCH_WRITES = 25
BATCH_READS = 100
ITEM_BYTES = 400 * 1024


class MemoryDynamoDB:
    """Stands where a boto3 DynamoDB client stands.

    `lag` says by how many seconds the next eventually consistent read is behind; 0 by default.
    Known gaps: no transactions, no streams, no reserved words, no list elements in paths.
    """

    def __init__(
        self, *, now: Callable[[], float] = time.time, lag: Callable[[], float] = lambda: 0.0
    ) -> None:
        self.tables: dict[str, Table] = {}
        self.meta = SimpleNamespace(events=SimpleNamespace(register=lambda *_names, **_more: None))
        self._now = now
        self._lag = lag

    # Tables

    def create_table(self, **asked: Any) -> Answer:
        name = asked["TableName"]
        if name in self.tables:
            raise client_error("ResourceInUseException", f"Table already exists: {name}", "CreateTable")
        names = key_names(asked["KeySchema"])
        table = Table(name=name, primary=Index(key_names=names, table_key_names=names))
        for index in asked.get("GlobalSecondaryIndexes", ()):
            table.indexes[index["IndexName"]] = Index(
                key_names=key_names(index["KeySchema"]),
                table_key_names=names,
                keys_only=index["Projection"]["ProjectionType"] == "KEYS_ONLY",
            )
        self.tables[name] = table
        return {"TableDescription": {"TableName": name, "TableStatus": "ACTIVE"}}

    def delete_table(self, **asked: Any) -> Answer:
        del self.tables[self._table(asked).name]
        return {}

    def expire(self, now: float, attribute: str = "expires_at") -> int:
        """What TTL does, a day or two late: delete the rows whose time is over."""
        gone = [
            (table, table.key_of(item))
            for table in self.tables.values()
            for item in table.items()
            if attribute in item and float(item[attribute]["N"]) < now
        ]
        for table, key in gone:
            table.replace(key, None, now=now)
        return len(gone)

    # One item

    def get_item(self, **asked: Any) -> Answer:
        table = self._table(asked)
        consistent = asked.get("ConsistentRead", False)
        row = table.get(table.key_of(asked["Key"]), as_of=None if consistent else self._as_of())
        answer: Answer = {}
        if row is not None:
            answer["Item"] = projected(row.item, asked)
        size_bytes = 0 if row is None else row.size_bytes
        return charged_for(answer, table, asked, lambda: read_units(size_bytes, consistent=consistent))

    def put_item(self, **asked: Any) -> Answer:
        table = self._table(asked)
        item: Item = {name: stored(value) for name, value in asked["Item"].items()}
        key = table.key_of(item)
        old = table.get(key)
        self._check(asked, old, "PutItem")
        return self._write(table, key, old, item, asked, ())

    def delete_item(self, **asked: Any) -> Answer:
        table = self._table(asked)
        key = table.key_of(asked["Key"])
        old = table.get(key)
        self._check(asked, old, "DeleteItem")
        return self._write(table, key, old, None, asked, ())

    def update_item(self, **asked: Any) -> Answer:
        table = self._table(asked)
        key = table.key_of(asked["Key"])
        old = table.get(key)
        names = asked.get("ExpressionAttributeNames", _NOTHING)
        update = _update(asked.get("UpdateExpression", ""), tuple(names.items()))
        self._check(asked, old, "UpdateItem", update.used)
        if any(name in table.key_names for name in update.touched):
            raise invalid("Cannot update attribute. This attribute is part of the key", "UpdateItem")
        before = asked["Key"] if old is None else old.item
        item = update.apply(before, asked.get("ExpressionAttributeValues", _NOTHING))
        return self._write(table, key, old, item, asked, update.touched)

    # Many items

    def batch_get_item(self, **asked: Any) -> Answer:
        if sum(len(one["Keys"]) for one in asked["RequestItems"].values()) > BATCH_READS:
            raise invalid("Too many items requested for the BatchGetItem call", "BatchGetItem")
        found: dict[str, list[Item]] = {}
        charged = []
        for name, wanted in asked["RequestItems"].items():
            table, consistent = self._named(name), wanted.get("ConsistentRead", False)
            keys = [table.key_of(key) for key in wanted["Keys"]]
            if len(set(keys)) < len(keys):
                raise invalid("Provided list of item keys contains duplicates", "BatchGetItem")
            as_of = None if consistent else self._as_of()
            rows = [table.get(key, as_of=as_of) for key in keys]
            found[name] = [projected(row.item, wanted) for row in rows if row is not None]
            sizes = [0 if row is None else row.size_bytes for row in rows]
            charged.append((name, sum(read_units(size, consistent=consistent) for size in sizes)))
        return charged_all({"Responses": found, "UnprocessedKeys": {}}, charged, asked)

    def batch_write_item(self, **asked: Any) -> Answer:
        if not 0 < sum(len(one) for one in asked["RequestItems"].values()) <= BATCH_WRITES:
            raise invalid("Too many items requested for the BatchWriteItem call", "BatchWriteItem")
        charged = []
        for name, requests in asked["RequestItems"].items():
            table, units = self._named(name), 0.0
            writes = [batch_write(table, request) for request in requests]
            if len({key for key, _ in writes}) < len(writes):
                raise invalid("Provided list of item keys contains duplicates", "BatchWriteItem")
            for key, item in writes:
                old = table.replace(key, item, now=self._now())
                if "ReturnConsumedCapacity" in asked:
                    units += write_units(table, old, table.get(key))
            charged.append((name, units))
        return charged_all({"UnprocessedItems": {}}, charged, asked)

    def query(self, **asked: Any) -> Answer:
        table = self._table(asked)
        if not asked.get("ConsistentRead"):
            as_of = self._as_of()
            table = table if as_of is None else table.at(as_of)
        return query(table, asked)

    def scan(self, **asked: Any) -> Answer:
        table = self._table(asked)
        if not asked.get("ConsistentRead"):
            as_of = self._as_of()
            table = table if as_of is None else table.at(as_of)
        return scan(table, asked)

    def get_paginator(self, operation: str) -> "Paginator":
        if operation != "query":
            raise NotImplementedError(f"a paginator of {operation}")
        return Paginator(self.query)

    # What they share

    def _as_of(self) -> float | None:
        """The moment that the next eventually consistent read shows; None for now."""
        lag = self._lag()
        return self._now() - lag if lag > 0 else None

    def _table(self, asked: Request) -> Table:
        return self._named(asked["TableName"])

    def _named(self, name: str) -> Table:
        try:
            return self.tables[name]
        except KeyError:
            raise client_error("ResourceNotFoundException", f"no table {name}", "DynamoDB") from None

    def _check(
        self, asked: Request, old: Row | None, operation: str, used: frozenset[str] = frozenset()
    ) -> None:
        names = asked.get("ExpressionAttributeNames", _NOTHING)
        values = asked.get("ExpressionAttributeValues", _NOTHING)
        text = asked.get("ConditionExpression")
        condition = None if text is None else condition_of(text, tuple(names.items()))
        given = names.keys() | values.keys()
        named = used if condition is None else used | condition.used
        if given != named:
            raise invalid(f"placeholders given and used are not the same: {sorted(given ^ named)}", operation)
        if condition is None or condition.test(_NOTHING if old is None else old.item, values):
            return
        wants_item = asked.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and old is not None
        raise client_error(
            "ConditionalCheckFailedException",
            "The conditional request failed",
            operation,
            more={"Item": dict(old.item)} if wants_item and old is not None else None,
        )

    def _write(
        self,
        table: Table,
        key: Key,
        old: Row | None,
        item: Item | None,
        asked: Request,
        touched: tuple[str, ...],
    ) -> Answer:
        table.replace(key, item, now=self._now())
        new = table.get(key)
        if new is not None and "ReturnConsumedCapacity" in asked and new.size_bytes > ITEM_BYTES:
            raise invalid("Item size has exceeded the maximum allowed size")
        answer = returned(asked.get("ReturnValues", "NONE"), old, new, touched)
        return charged_for(answer, table, asked, lambda: write_units(table, old, new))


class Paginator:
    """Follows LastEvaluatedKey, as boto3's paginator of Query does."""

    def __init__(self, ask: Callable[..., Answer]) -> None:
        self._ask = ask

    def paginate(self, *, PaginationConfig: Request | None = None, **asked: Any) -> Iterator[Answer]:  # noqa: N803  boto3's name
        if PaginationConfig is not None and "PageSize" in PaginationConfig:
            asked["Limit"] = PaginationConfig["PageSize"]
        while True:
            page = self._ask(**asked)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]


_NOTHING: Mapping[str, Any] = {}


@lru_cache(maxsize=1024)
def _update(text: str, names: tuple[tuple[str, str], ...]) -> Update:
    return compile_update(text, dict(names))
