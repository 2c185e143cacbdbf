from typing import Any

import pytest

from tests.infra.template import Template

pytestmark = pytest.mark.xdist_group("infra")

TABLES = {
    "StorageConnections": {"HASH": "connection_id:S"},
    "StorageSubscriptions": {"HASH": "topic_shard:S", "RANGE": "connection_id:S"},
    "StorageEvents": {"HASH": "stream:S", "RANGE": "offset:N"},
    "StorageAccess": {"HASH": "access_key:S"},
    "StorageSchedule": {"HASH": "schedule_key:S"},
}


def key_of(schema: list[dict[str, str]], table: dict[str, Any]) -> dict[str, str]:
    types = {item["AttributeName"]: item["AttributeType"] for item in table["AttributeDefinitions"]}
    return {key["KeyType"]: f"{key['AttributeName']}:{types[key['AttributeName']]}" for key in schema}


def test_there_are_exactly_these_tables(prod: Template) -> None:
    assert len(prod.resources("AWS::DynamoDB::Table")) == len(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_keyed_on_demand_encrypted_and_forgets(prod: Template, name: str) -> None:
    table = prod.properties("AWS::DynamoDB::Table", name=name)

    assert key_of(table["KeySchema"], table) == TABLES[name]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(("stage", "kept"), [("prod", True), ("dev", False), ("local", False)])
def test_only_production_keeps_its_data(
    request: pytest.FixtureRequest, stage: str, name: str, *, kept: bool
) -> None:
    template: Template = request.getfixturevalue(stage)
    table = template.properties("AWS::DynamoDB::Table", name=name)
    (resource,) = (v for k, v in template.resources("AWS::DynamoDB::Table").items() if k.startswith(name))

    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": kept}
    assert table["DeletionProtectionEnabled"] is kept
    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == ("Retain" if kept else "Delete")


def test_what_is_due_is_found_by_an_index(prod: Template) -> None:
    table = prod.properties("AWS::DynamoDB::Table", name="StorageSchedule")
    (index,) = table["GlobalSecondaryIndexes"]

    assert index["IndexName"] == "due"
    assert key_of(index["KeySchema"], table) == {"HASH": "due_shard:S", "RANGE": "due_at:N"}
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}
