"""Query: a partition of a table or an index, in order, page by page. Scan: a whole table."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from simulation.memory.conditions import Condition, compile_condition
from simulation.memory.errors import invalid
from simulation.memory.tables import Index, Row, Table
from simulation.memory.units import consumed, read_units
from simulation.memory.values import Item, sort_key

PAGE_BYTES = 1024 * 1024
_NOTHING: Mapping[str, Any] = {}


def query(table: Table, asked: Mapping[str, Any]) -> dict[str, Any]:
    index = _index(table, asked)
    names = asked.get("ExpressionAttributeNames", _NOTHING)
    values = asked.get("ExpressionAttributeValues", _NOTHING)
    key = condition_of(asked["KeyConditionExpression"], tuple(names.items()))
    text = asked.get("FilterExpression")
    wanted = None if text is None else condition_of(text, tuple(names.items()))
    _check_placeholders(asked, key, wanted)
    start = asked.get("ExclusiveStartKey")
    after = None if start is None else _place(index, start)
    partition = _partition(index.key_names[0], asked["KeyConditionExpression"], names, values)
    rows = index.read(partition, after, forward=asked.get("ScanIndexForward", True))
    matching = (row for _, row in rows if key.test(row.item, values))
    return _page(table, index, matching, wanted, asked)


def scan(table: Table, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The order is that of the keys, where DynamoDB's is that of their hashes."""
    names = asked.get("ExpressionAttributeNames", _NOTHING)
    text = asked.get("FilterExpression")
    wanted = None if text is None else condition_of(text, tuple(names.items()))
    start = asked.get("ExclusiveStartKey")
    rows = table.rows_after(None if start is None else table.key_of(start))
    return _page(table, table.primary, rows, wanted, asked)


def _page(
    table: Table,
    index: Index,
    rows: Iterable[Row],
    wanted: Condition | None,
    asked: Mapping[str, Any],
) -> dict[str, Any]:
    values = asked.get("ExpressionAttributeValues", _NOTHING)
    limit = asked.get("Limit", 0)
    found: list[Row] = []
    size_bytes = 0
    scanned = 0
    last: Item | None = None
    for row in rows:
        # Full is full, also when nothing follows: only the next page tells.
        scanned += 1
        size_bytes += row.size_bytes
        if wanted is None or wanted.test(row.item, values):
            found.append(row)
        if scanned == limit or size_bytes >= PAGE_BYTES:
            last = row.item
            break
    answer: dict[str, Any] = {"Count": len(found), "ScannedCount": scanned}
    if asked.get("Select") != "COUNT":
        answer["Items"] = [projected(row.item, asked) for row in found]
    if last is not None:
        answer["LastEvaluatedKey"] = {
            name: last[name] for name in dict.fromkeys((*index.key_names, *table.key_names))
        }
    kind = asked.get("ReturnConsumedCapacity", "NONE")
    if kind != "NONE":
        units = read_units(size_bytes, consistent=asked.get("ConsistentRead", False))
        answer["ConsumedCapacity"] = consumed(table.name, units, kind)
    return answer


def _index(table: Table, asked: Mapping[str, Any]) -> Index:
    name = asked.get("IndexName")
    if name is None:
        return table.primary
    if name not in table.indexes:
        raise invalid(f"The table does not have the specified index: {name}", "Query")
    if asked.get("ConsistentRead"):
        raise invalid("Consistent reads are not supported on global secondary indexes", "Query")
    return table.indexes[name]


@lru_cache(maxsize=1024)
def condition_of(text: str, names: tuple[tuple[str, str], ...]) -> Condition:
    return compile_condition(text, dict(names))


@lru_cache(maxsize=1024)
def _partition_placeholder(hash_name: str, text: str, names: tuple[tuple[str, str], ...]) -> str:
    written = {written for written, name in names if name == hash_name} | {hash_name}
    for part in text.split(" AND "):
        left, sign, right = part.strip(" ()").partition("=")
        if sign and left.strip() in written:
            return right.strip()
    raise invalid("Query condition missed key schema element: " + hash_name, "Query")


def _partition(hash_name: str, text: str, names: Mapping[str, str], values: Mapping[str, Any]) -> Any:
    return sort_key(values[_partition_placeholder(hash_name, text, tuple(names.items()))])


def _place(index: Index, start: Mapping[str, Any]) -> tuple[Any, ...]:
    found = index.key_of(start)
    if found is None:
        raise invalid("The provided starting key is invalid", "Query")
    return found[1:]


def projected(item: Item, asked: Mapping[str, Any]) -> Item:
    """A copy of what `ProjectionExpression` wants of an item."""
    wanted = asked.get("ProjectionExpression")
    if wanted is None:
        return dict(item)
    names = asked.get("ExpressionAttributeNames", _NOTHING)
    return {name: item[name] for name in _paths(wanted, tuple(names.items())) if name in item}


@lru_cache(maxsize=1024)
def _paths(text: str, names: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    given = dict(names)
    return tuple(given.get(part.strip(), part.strip()) for part in text.split(","))


def _check_placeholders(asked: Mapping[str, Any], key: Condition, wanted: Condition | None) -> None:
    used = key.used if wanted is None else key.used | wanted.used
    given = asked.get("ExpressionAttributeValues", _NOTHING).keys()
    unused = [name for name in given if name not in used]
    if unused:
        raise invalid(f"Value provided in ExpressionAttributeValues unused in expressions: {unused}", "Query")
    missing = [name for name in used if name.startswith(":") and name not in given]
    if missing:
        raise invalid(f"An expression attribute value is not defined: {missing}", "Query")
