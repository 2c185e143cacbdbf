"""The shortcuts give the answers that moto gives without them."""

from typing import TYPE_CHECKING, Any

import pytest

from local.cloud.resources import Clients

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.network


@pytest.fixture
def dynamodb(made_with: Clients) -> "DynamoDBClient":
    return made_with.dynamodb


def text(value: str) -> dict[str, str]:
    return {"S": value}


async def test_queries_find_their_partition_in_order_and_indexes_see_every_item(
    dynamodb: "DynamoDBClient",
) -> None:
    dynamodb.create_table(
        TableName="rows",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "r", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("p", "r", "colour")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_colour",
                "KeySchema": [{"AttributeName": "colour", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    for partition in ("a", "b"):
        for row in ("3", "1", "2"):
            item = {"p": text(partition), "r": text(row), "colour": text("red" if row == "1" else "blue")}
            dynamodb.put_item(TableName="rows", Item=item)
    dynamodb.delete_item(TableName="rows", Key={"p": text("b"), "r": text("3")})

    def found(condition: str, value: str, **options: Any) -> list[tuple[str, str]]:
        values: Any = {":v": text(value)}
        answer = dynamodb.query(
            TableName="rows", KeyConditionExpression=condition, ExpressionAttributeValues=values, **options
        )
        return [(item["p"]["S"], item["r"]["S"]) for item in answer["Items"]]

    assert found("p = :v", "a") == [("a", "1"), ("a", "2"), ("a", "3")]
    assert found("p = :v", "b", ScanIndexForward=False) == [("b", "2"), ("b", "1")]
    assert found("p = :v", "nobody") == []
    assert sorted(found("colour = :v", "red", IndexName="by_colour")) == [("a", "1"), ("b", "1")]
    assert dynamodb.scan(TableName="rows")["Count"] == 5


async def test_a_table_without_a_sort_key_is_queried_too(dynamodb: "DynamoDBClient") -> None:
    dynamodb.create_table(
        TableName="single",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
    )
    dynamodb.put_item(TableName="single", Item={"p": text("a"), "n": {"N": "1"}})
    values: Any = {":v": text("a")}
    answer = dynamodb.query(
        TableName="single", KeyConditionExpression="p = :v", ExpressionAttributeValues=values
    )
    assert answer["Items"] == [{"p": text("a"), "n": {"N": "1"}}]
