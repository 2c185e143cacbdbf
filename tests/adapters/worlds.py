"""Worlds with the same ports: fakes, and the adapters on three DynamoDBs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto import mock_aws

from shared.app.ports.admission import Admission
from shared.app.ports.greetings import Greetings
from shared.app.ports.history import History
from shared.app.ports.inbox import Inbox
from shared.app.ports.orphan_rows import OrphanRows
from shared.app.ports.registry import Registry
from shared.app.ports.schedule import Schedule
from shared.app.ports.streams import Streams
from shared.app.ports.subscribers import Subscribers
from shared.app.ports.user_rows import UserRows
from shared.app.ports.windows import Windows
from shared.aws import clients
from shared.aws.admission import DynamoAdmission
from shared.aws.batches import Batches
from shared.aws.greetings import DynamoGreetings
from shared.aws.history import DynamoHistory
from shared.aws.inbox import DynamoInbox
from shared.aws.orphan_rows import DynamoOrphanRows
from shared.aws.registry import DynamoRegistry
from shared.aws.schedule import DynamoSchedule
from shared.aws.streams import DynamoStreams
from shared.aws.subscribers import DynamoSubscribers
from shared.aws.user_rows import DynamoUserRows
from shared.aws.windows import DynamoWindows
from simulation.memory.dynamodb import MemoryDynamoDB
from tests.fakes import shop
from tests.fakes.access import FakeAccess
from tests.fakes.admission import FakeAdmission
from tests.fakes.catalog import CATALOGUE
from tests.fakes.clock import FakeClock
from tests.fakes.greetings import FakeGreetings
from tests.fakes.history import FakeHistory
from tests.fakes.inbox import FakeInbox
from tests.fakes.orphan_rows import FakeOrphanRows
from tests.fakes.registry import FakeRegistry
from tests.fakes.schedule import FakeSchedule
from tests.fakes.streams import FakeStreams
from tests.fakes.subscribers import FakeSubscribers
from tests.fakes.tables import FakeTables
from tests.fakes.user_rows import FakeUserRows
from tests.fakes.windows import FakeWindows
from tidings.tickets import TicketOffice

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SHARDS = 3
CHANNELS_AT_MOST = 5
# The job application's channels, and others that have parameters and rules.
WITH_SHOP = CATALOGUE.with_others(shop.catalog)
TABLES = ("connections", "subscriptions", "events", "schedule", "access")


@dataclass(frozen=True, kw_only=True)
class World:
    registry: Registry
    admission: Admission
    greetings: Greetings
    subscribers: Subscribers
    history: History
    streams: Streams
    inbox: Inbox
    windows: Windows
    schedule: Schedule
    orphan_rows: OrphanRows
    user_rows: UserRows
    issue: Callable[[str], object]
    """A ticket for a user."""


def fake_world() -> World:
    tables, schedule, access = FakeTables(), FakeSchedule(), FakeAccess()
    streams = FakeStreams()
    inbox = FakeInbox(streams)
    return World(
        registry=FakeRegistry(tables),
        admission=FakeAdmission(tables, WITH_SHOP, CHANNELS_AT_MOST),
        greetings=FakeGreetings(tables),
        subscribers=FakeSubscribers(tables),
        history=FakeHistory(),
        streams=streams,
        inbox=inbox,
        windows=FakeWindows(),
        schedule=schedule,
        orphan_rows=FakeOrphanRows(tables),
        user_rows=FakeUserRows(schedule, access, inbox),
        issue=lambda user_id: access.issue(user_id, now=FakeClock().now()),
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
        registry=DynamoRegistry(
            dynamodb=dynamodb,
            batches=batches,
            connections_table="connections",
            subscriptions_table="subscriptions",
        ),
        admission=DynamoAdmission(
            dynamodb=dynamodb,
            connections_table="connections",
            subscriptions_table="subscriptions",
            catalog=WITH_SHOP,
            channels_per_connection=CHANNELS_AT_MOST,
        ),
        greetings=DynamoGreetings(dynamodb=dynamodb, batches=batches, table="connections"),
        subscribers=DynamoSubscribers(
            dynamodb=dynamodb, batches=batches, table="subscriptions", shards=SHARDS
        ),
        history=DynamoHistory(dynamodb=dynamodb, table="events"),
        streams=DynamoStreams(dynamodb=dynamodb, batches=batches, table="events"),
        inbox=DynamoInbox(dynamodb=dynamodb, table="events"),
        windows=DynamoWindows(dynamodb=dynamodb, table="schedule", catalog=CATALOGUE),
        schedule=DynamoSchedule(dynamodb=dynamodb, table="schedule"),
        orphan_rows=DynamoOrphanRows(
            dynamodb=dynamodb,
            batches=batches,
            connections_table="connections",
            subscriptions_table="subscriptions",
            shards=SHARDS,
            channels=CATALOGUE.channels,
        ),
        user_rows=DynamoUserRows(
            dynamodb=dynamodb,
            batches=batches,
            events_table="events",
            schedule_table="schedule",
            access_table="access",
        ),
        issue=TicketOffice(dynamodb, table="access", now=FakeClock().now).issue,
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
