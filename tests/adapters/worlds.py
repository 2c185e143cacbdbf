"""Worlds with the same ports: fakes, and the adapters on three DynamoDBs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto import mock_aws

from shared.app import ports
from shared.aws import clients
from shared.aws.batches import Batches
from shared.aws.bookmarks import DynamoBookmarks
from shared.aws.connections import DynamoConnections
from shared.aws.history import DynamoHistory
from shared.aws.leftovers import DynamoLeftovers
from shared.aws.schedule import DynamoSchedule
from shared.aws.subscribers import DynamoSubscribers
from shared.aws.windows import DynamoWindows
from simulation.memory.dynamodb import MemoryDynamoDB
from tests.fakes.bookmarks import FakeBookmarks
from tests.fakes.clock import FakeClock
from tests.fakes.connections import FakeConnections
from tests.fakes.history import FakeHistory
from tests.fakes.leftovers import FakeLeftovers
from tests.fakes.schedule import FakeSchedule
from tests.fakes.subscribers import FakeSubscribers
from tests.fakes.tables import FakeTables
from tests.fakes.windows import FakeWindows

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SHARDS = 3
TABLES = ("connections", "subscriptions", "events", "schedule", "access")


@dataclass(frozen=True, kw_only=True)
class World:
    connections: ports.Connections
    subscribers: ports.Subscribers
    history: ports.History
    windows: ports.Windows
    schedule: ports.Schedule
    bookmarks: ports.Bookmarks
    leftovers: ports.Leftovers


def fake_world() -> World:
    tables = FakeTables()
    return World(
        connections=FakeConnections(tables),
        subscribers=FakeSubscribers(tables),
        history=FakeHistory(),
        windows=FakeWindows(),
        schedule=FakeSchedule(),
        bookmarks=FakeBookmarks(),
        leftovers=FakeLeftovers(tables),
    )


@contextmanager
def moto_world() -> Iterator[World]:
    with mock_aws():
        dynamodb = clients.dynamodb()
        create_tables(dynamodb)
        yield dynamo_world(dynamodb)


def memory_world() -> World:
    dynamodb: Any = MemoryDynamoDB()
    create_tables(dynamodb)
    return dynamo_world(dynamodb)


def dynamo_world(dynamodb: "DynamoDBClient") -> World:
    batches = Batches(dynamodb=dynamodb, clock=FakeClock(), jitter=lambda: 0.5)
    return World(
        connections=DynamoConnections(
            dynamodb=dynamodb,
            batches=batches,
            connections_table="connections",
            subscriptions_table="subscriptions",
        ),
        subscribers=DynamoSubscribers(
            dynamodb=dynamodb, batches=batches, table="subscriptions", shards=SHARDS
        ),
        history=DynamoHistory(dynamodb=dynamodb, table="events"),
        windows=DynamoWindows(dynamodb=dynamodb, table="schedule"),
        schedule=DynamoSchedule(dynamodb=dynamodb, table="schedule"),
        bookmarks=DynamoBookmarks(dynamodb=dynamodb, table="schedule", clock=FakeClock()),
        leftovers=DynamoLeftovers(
            dynamodb=dynamodb,
            batches=batches,
            connections_table="connections",
            subscriptions_table="subscriptions",
            shards=SHARDS,
        ),
    )


def create_tables(dynamodb: "DynamoDBClient") -> None:
    """The tables as the design describes them; tests/infra holds the template to the same keys."""
    _create(dynamodb, "connections", {"connection_id": "S"})
    _create(dynamodb, "subscriptions", {"topic_shard": "S", "connection_id": "S"})
    _create(dynamodb, "events", {"stream": "S", "offset": "N"})
    _create(dynamodb, "access", {"access_key": "S"})
    _create(dynamodb, "schedule", {"schedule_key": "S"}, {"due_shard": "S", "due_at": "N"})


def _create(
    dynamodb: "DynamoDBClient", name: str, key: dict[str, str], index_key: dict[str, str] | None = None
) -> None:
    index: dict[str, Any] = {}
    if index_key is not None:
        index["GlobalSecondaryIndexes"] = [
            {
                "IndexName": "due",
                "KeySchema": _schema(index_key),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ]
    attributes: Any = [
        {"AttributeName": name, "AttributeType": kind} for name, kind in {**key, **(index_key or {})}.items()
    ]
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=attributes,
        KeySchema=_schema(key),
        BillingMode="PAY_PER_REQUEST",
        **index,
    )


def _schema(key: dict[str, str]) -> Any:
    kinds = ("HASH", "RANGE")
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(key, kinds, strict=False)]
