from typing import Any

import pytest

from infra.bundle import REPOSITORY
from tests.infra.template import Template

TABLES = {
    "StorageConnections": {"HASH": "connection_id:S"},
    "StorageSubscriptions": {"HASH": "topic_shard:S", "RANGE": "connection_id:S"},
    "StorageEvents": {"HASH": "stream:S", "RANGE": "offset:N"},
    "StorageAccess": {"HASH": "access_key:S"},
    "StorageSchedule": {"HASH": "schedule_key:S"},
}

KEPT = {"StorageEvents", "StorageAccess", "StorageSchedule"}
# A table with another id is another table: it begins empty, and the old one stays behind with a year of
# reminders. To move a construct, take the table along: docs/deploying.md, "Tables that outlive the stack".
LOGICAL_IDS = {
    "StorageAccess81B14CCF",
    "StorageConnections942F4ABF",
    "StorageEvents1AF1C090",
    "StorageScheduleD1196E23",
    "StorageSubscriptions1D7D4017",
}


def key_of(schema: list[dict[str, str]], table: dict[str, Any]) -> dict[str, str]:
    types = {item["AttributeName"]: item["AttributeType"] for item in table["AttributeDefinitions"]}
    return {key["KeyType"]: f"{key['AttributeName']}:{types[key['AttributeName']]}" for key in schema}


def test_there_are_exactly_these_tables(prod: Template) -> None:
    assert len(prod.resources("AWS::DynamoDB::Table")) == len(TABLES)


@pytest.mark.parametrize("stage", ["prod", "dev"])
def test_a_table_stays_the_same_table(request: pytest.FixtureRequest, stage: str) -> None:
    template: Template = request.getfixturevalue(stage)

    assert set(template.resources("AWS::DynamoDB::Table")) == LOGICAL_IDS


def test_the_page_imports_the_tables_that_are_kept() -> None:
    page = (REPOSITORY / "docs/deploying.md").read_text()

    assert {name for name in LOGICAL_IDS if f'"{name}": {{"TableName"' in page} == {
        name for name in LOGICAL_IDS if name[:-8] in KEPT
    }


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_keyed_on_demand_encrypted_and_forgets(prod: Template, name: str) -> None:
    table = prod.properties("AWS::DynamoDB::Table", name=name)

    assert key_of(table["KeySchema"], table) == TABLES[name]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("stage", ["prod", "dev", "local"])
def test_only_production_keeps_what_outlives_a_connection(
    request: pytest.FixtureRequest, stage: str, name: str
) -> None:
    kept = stage == "prod" and name in KEPT
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
