"""The DynamoDB in memory answers as moto does, request by request; its units are counted by hand."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from shared.aws import clients
from simulation.memory.dynamodb import MemoryDynamoDB
from tests.adapters.worlds import create_tables
from tests.fakes.clock import FakeClock

KEY = {"stream": {"S": "s"}, "offset": {"N": "1"}}
ITEM = {
    **KEY,
    "count": {"N": "1.50"},
    "names": {"SS": ["a", "b"]},
    "text": {"S": "|jobs|"},
    "map": {"M": {"deep": {"N": "1"}}},
    "list": {"L": [{"S": "x"}]},
    "yes": {"BOOL": True},
}
VALUES = {
    ":n": {"N": "1.5"},
    ":more": {"N": "2"},
    ":s": {"S": "jobs"},
    ":a": {"S": "a"},
    ":set": {"SS": ["b", "c"]},
    ":both": {"SS": ["a", "b"]},
    ":list": {"L": [{"S": "y"}]},
}


@pytest.fixture(scope="module")
def moto() -> Iterator[Any]:
    with mock_aws():
        dynamodb = clients.dynamodb()
        create_tables(dynamodb)
        yield dynamodb


@pytest.fixture
def memory() -> Any:
    dynamodb: Any = MemoryDynamoDB()
    create_tables(dynamodb)
    return dynamodb


def outcome(dynamodb: Any, operation: str, asked: dict[str, Any]) -> Any:
    """What is answered or refused, and what is stored after it."""
    text = " ".join(str(value) for name, value in asked.items() if name.endswith("Expression"))
    values = {name: VALUES[name] for name in re.findall(r":\w+", text)}
    given = {"ExpressionAttributeValues": values} if values else {}
    dynamodb.put_item(TableName="events", Item=ITEM)
    try:
        answer = getattr(dynamodb, operation)(TableName="events", **asked, **given)
    except ClientError as exc:
        answer = exc.response["Error"]["Code"]
        said = exc.response.get("Item")
        answer = (answer, plain(said) if said else None)
    else:
        answer = {name: plain(value) for name, value in answer.items() if name in _COMPARED}
    return answer, plain(dynamodb.get_item(TableName="events", Key=KEY, ConsistentRead=True).get("Item"))


_COMPARED = ("Attributes", "Item", "Items", "Count", "ScannedCount", "LastEvaluatedKey")


def plain(value: Any) -> Any:
    """Sets have no order, and numbers more than one spelling."""
    if isinstance(value, dict):
        return {
            name: sorted(inner) if name == "SS" else float(inner) if name == "N" else plain(inner)
            for name, inner in value.items()
        }
    return [plain(one) for one in value] if isinstance(value, list) else value


CONDITIONS = [
    "attribute_exists(yes)",
    "attribute_not_exists(yes)",
    "#count = :n",
    "#count <> :n",
    "absent <> :n",
    "absent = :n",
    "#count < :more AND #count >= :n",
    "#count > :more OR contains(#text, :s)",
    "NOT contains(#names, :a)",
    "contains(#names, :a) AND (attribute_exists(absent) OR attribute_exists(yes))",
    "#names = :both",
    "begins_with(#text, :s)",
    "#count BETWEEN :n AND :more",
    "#count IN (:more, :n)",
    "size(#names) >= :more",
    "#map.deep < :more",
    "attribute_exists(#map.absent)",
]
NAMES = {"#count": "count", "#text": "text", "#names": "names", "#map": "map"}


def named(text: str, asked: dict[str, Any]) -> dict[str, Any]:
    names = {name: real for name, real in NAMES.items() if name in text}
    return {**asked, **({"ExpressionAttributeNames": names} if names else {})}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_conditions_hold_or_not_as_in_moto(moto: Any, memory: Any, condition: str) -> None:
    asked = named(
        condition,
        {
            "Key": KEY,
            "ConditionExpression": condition,
            "ReturnValues": "ALL_OLD",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        },
    )
    assert outcome(memory, "delete_item", asked) == outcome(moto, "delete_item", asked)


def test_kinds_that_have_no_order_are_never_less_or_more(memory: Any) -> None:
    memory.put_item(TableName="events", Item=ITEM)
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        memory.delete_item(
            TableName="events",
            Key=KEY,
            ConditionExpression="#t > :n OR #t <= :n",
            ExpressionAttributeNames={"#t": "text"},
            ExpressionAttributeValues={":n": {"N": "1"}},
        )


UPDATES = [
    "SET another = :n, #count = #count + :more",
    "SET #count = :more - #count",
    "SET absent = if_not_exists(absent, :n), #count = if_not_exists(#count, :more)",
    "SET swapped = #text REMOVE #text",
    "SET #map.deep = :more",
    "REMOVE #map.deep, absent",
    "ADD #count :more",
    "ADD fresh :more, #names :set",
    "DELETE #names :set",
    "DELETE #names :both",
    "DELETE absent :set",
    "SET #count = absent + :n",
]


CASES = [
    (update, returned)
    for update in UPDATES
    for returned in ("NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD")
    # Of what was not there before, and of maps, moto returns more than DynamoDB for UPDATED_OLD.
    if returned != "UPDATED_OLD" or not re.search("map|absent|fresh", update)
]


@pytest.mark.parametrize(("update", "returned"), CASES)
def test_updates_change_and_return_what_they_do_in_moto(
    moto: Any, memory: Any, update: str, returned: str
) -> None:
    asked = named(update, {"Key": KEY, "UpdateExpression": update, "ReturnValues": returned})
    assert outcome(memory, "update_item", asked) == outcome(moto, "update_item", asked)


@pytest.mark.parametrize("last", range(4))
def test_pages_of_a_query_end_where_they_do_in_moto(moto: Any, memory: Any, last: int) -> None:
    pages = []
    for dynamodb in (memory, moto):
        for offset in range(4):
            dynamodb.put_item(TableName="events", Item={"stream": {"S": "q"}, "offset": {"N": str(offset)}})
        asked: dict[str, Any] = {
            "TableName": "events",
            "KeyConditionExpression": "#s = :s AND #o >= :o",
            "ExpressionAttributeNames": {"#s": "stream", "#o": "offset"},
            "ExpressionAttributeValues": {":s": {"S": "q"}, ":o": {"N": "1"}},
            "Limit": 2,
            "ScanIndexForward": last % 2 == 0,
        }
        if last:
            asked["ExclusiveStartKey"] = {"stream": {"S": "q"}, "offset": {"N": str(last)}}
        answer = dynamodb.query(**asked)
        pages.append({name: plain(value) for name, value in answer.items() if name in _COMPARED})
    assert pages[0] == pages[1]


def test_the_sparse_index_holds_what_has_its_key_and_nothing_else(memory: Any) -> None:
    for name, due in (("a", "3"), ("b", "1"), ("c", None)):
        index = {} if due is None else {"due_shard": {"S": "due#0"}, "due_at": {"N": due}}
        memory.put_item(TableName="schedule", Item={"schedule_key": {"S": name}, "more": {"S": "x"}, **index})
    asked = {
        "TableName": "schedule",
        "IndexName": "due",
        "KeyConditionExpression": "due_shard = :shard AND due_at <= :until",
        "ExpressionAttributeValues": {":shard": {"S": "due#0"}, ":until": {"N": "3"}},
    }
    found = memory.query(**asked)["Items"]
    assert [item["schedule_key"]["S"] for item in found] == ["b", "a"]
    assert "more" not in found[0]
    memory.update_item(
        TableName="schedule", Key={"schedule_key": {"S": "b"}}, UpdateExpression="REMOVE due_shard"
    )
    assert [item["schedule_key"]["S"] for item in memory.query(**asked)["Items"]] == ["a"]


def test_an_eventually_consistent_read_may_be_behind() -> None:
    clock = FakeClock()
    lag = 0.0
    memory: Any = MemoryDynamoDB(now=clock.now, lag=lambda: lag)
    create_tables(memory)
    memory.put_item(TableName="events", Item=KEY)
    clock.advance(5)
    memory.put_item(TableName="events", Item={**KEY, "new": {"BOOL": True}})
    lag = 1.0
    query = {
        "TableName": "events",
        "KeyConditionExpression": "stream = :s",
        "ExpressionAttributeValues": {":s": {"S": "s"}},
    }
    assert "new" not in memory.get_item(TableName="events", Key=KEY)["Item"]
    assert "new" not in memory.query(**query)["Items"][0]
    assert "new" in memory.get_item(TableName="events", Key=KEY, ConsistentRead=True)["Item"]
    assert "new" in memory.query(**query, ConsistentRead=True)["Items"][0]


# stream (6) + "s" (1) + offset (6) + 1 (2) = 15 bytes, and 4 more for the name of the padding.
PADDED = 19


@pytest.mark.parametrize(
    ("padding", "write", "consistent", "eventual"),
    [(0, 1, 1, 0.5), (1024 - PADDED, 1, 1, 0.5), (1025 - PADDED, 2, 1, 0.5), (4097 - PADDED, 5, 2, 1)],
    ids=["small", "one kilobyte", "a byte more", "over 4 KB"],
)
def test_units_are_kilobytes_written_and_4_kb_read(
    memory: Any, padding: int, write: float, consistent: float, eventual: float
) -> None:
    item = {**KEY, "text": {"S": "x" * padding}}
    kind = {"TableName": "events", "ReturnConsumedCapacity": "TOTAL"}
    units = [
        memory.put_item(**kind, Item=item),
        memory.get_item(**kind, Key=KEY, ConsistentRead=True),
        memory.get_item(**kind, Key=KEY),
        memory.delete_item(**kind, Key=KEY),
    ]
    assert [one["ConsumedCapacity"]["CapacityUnits"] for one in units] == [write, consistent, eventual, write]


def test_a_change_of_an_index_key_is_a_delete_and_a_put(memory: Any) -> None:
    kind = {"TableName": "schedule", "ReturnConsumedCapacity": "TOTAL"}
    item = {"schedule_key": {"S": "k"}, "due_shard": {"S": "d"}, "due_at": {"N": "1"}}
    units = [
        memory.put_item(**kind, Item=item),
        memory.put_item(**kind, Item={**item, "more": {"S": "x"}}),
        memory.put_item(**kind, Item={**item, "due_at": {"N": "2"}}),
        memory.update_item(**kind, Key={"schedule_key": {"S": "k"}}, UpdateExpression="REMOVE due_shard"),
    ]
    assert [one["ConsumedCapacity"]["CapacityUnits"] for one in units] == [2, 1, 3, 2]


@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        ("update_item", {"Key": KEY, "UpdateExpression": "SET a = :a, b = :b"}),
        ("update_item", {"Key": KEY, "UpdateExpression": "SET stream = :a"}),
        ("update_item", {"Key": KEY, "UpdateExpression": "SET a = :a SET b = :a"}),
        ("delete_item", {"Key": KEY, "ConditionExpression": "a ="}),
        ("delete_item", {"Key": {"stream": {"S": "s"}}}),
        ("put_item", {"Item": {**KEY, "names": {"SS": []}}}),
    ],
    ids=["unknown value", "key attribute", "clause twice", "half a condition", "half a key", "empty set"],
)
def test_what_dynamodb_would_not_take_is_refused(memory: Any, operation: str, asked: dict[str, Any]) -> None:
    values = {"ExpressionAttributeValues": {":a": {"S": "x"}}} if "UpdateExpression" in asked else {}
    with pytest.raises(ClientError, match="ValidationException"):
        getattr(memory, operation)(TableName="events", **asked, **values)
