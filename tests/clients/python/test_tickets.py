"""Tickets as our helper issues them are those that the connect function redeems."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from shared.aws.access import DynamoAccess
from shared.domain.identity import Identity
from tidings.tickets import TICKET_SECONDS, TicketOffice

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = 1_795_000_000


@pytest.fixture
def dynamodb() -> Iterator["DynamoDBClient"]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="access",
            KeySchema=[{"AttributeName": "access_key", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "access_key", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


def office(dynamodb: "DynamoDBClient") -> TicketOffice:
    return TicketOffice(dynamodb, table="access", now=lambda: NOW)


@pytest.mark.parametrize(
    "bounds",
    [
        pytest.param({}, id="a user only"),
        pytest.param(
            {"origin": "https://app.example.com", "channels": ["jobs", "skills"], "valid_until": NOW + 600},
            id="all bounds",
        ),
        pytest.param({"channels": []}, id="no channel at all"),
    ],
)
def test_a_ticket_carries_what_it_was_issued_with(dynamodb: "DynamoDBClient", bounds: dict[str, Any]) -> None:
    ticket = office(dynamodb).issue("user123", **bounds)

    holder = DynamoAccess(dynamodb=dynamodb, table="access").redeem(ticket, now=NOW + 1)

    channels = bounds.get("channels")
    assert holder == Identity(
        verified=True,
        user_id="user123",
        origin=bounds.get("origin"),
        grants=None if channels is None else frozenset(channels),
        issued_at=NOW,
        valid_until=bounds.get("valid_until"),
    )


def test_a_ticket_is_good_once_and_for_a_minute(dynamodb: "DynamoDBClient") -> None:
    tickets = DynamoAccess(dynamodb=dynamodb, table="access")
    first, late = (office(dynamodb).issue("user123") for _ in range(2))

    assert tickets.redeem(first, now=NOW) is not None
    assert tickets.redeem(first, now=NOW) is None
    assert tickets.redeem(late, now=NOW + TICKET_SECONDS) is None


def test_the_table_does_not_hold_the_ticket_itself(dynamodb: "DynamoDBClient") -> None:
    ticket = office(dynamodb).issue("user123")

    assert ticket not in str(dynamodb.scan(TableName="access")["Items"])
