"""What DynamoDB's answers hold beside the items: attributes asked for, and the units they cost."""

from collections.abc import Callable, Mapping
from typing import Any

from simulation.memory.tables import Key, Row, Table
from simulation.memory.units import consumed
from simulation.memory.values import Item, stored

Request = Mapping[str, Any]
Answer = dict[str, Any]


def returned(what: str, old: Row | None, new: Row | None, touched: tuple[str, ...]) -> Answer:
    if what == "NONE":
        return {}
    row = old if what.endswith("OLD") else new
    if row is None:
        return {}
    if what.startswith("ALL"):
        return {"Attributes": dict(row.item)}
    found = {name: row.item[name] for name in touched if name in row.item}
    return {"Attributes": found} if found else {}


def batch_write(table: Table, request: Request) -> tuple[Key, Item | None]:
    if "PutRequest" in request:
        item = {name: stored(value) for name, value in request["PutRequest"]["Item"].items()}
        return table.key_of(item), item
    return table.key_of(request["DeleteRequest"]["Key"]), None


def charged_for(answer: Answer, table: Table, asked: Request, units: Callable[[], float]) -> Answer:
    kind = asked.get("ReturnConsumedCapacity", "NONE")
    if kind != "NONE":
        answer["ConsumedCapacity"] = consumed(table.name, units(), kind)
    return answer


def charged_all(answer: Answer, charged: list[tuple[str, float]], asked: Request) -> Answer:
    kind = asked.get("ReturnConsumedCapacity", "NONE")
    if kind != "NONE":
        answer["ConsumedCapacity"] = [consumed(name, units, kind) for name, units in charged]
    return answer


def key_names(schema: Any) -> tuple[str, ...]:
    return tuple(one["AttributeName"] for one in schema)
