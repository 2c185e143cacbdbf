"""The adapters, each imported and built when first asked for: a function pays for those that it has."""

import random
from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Unpack

from shared.bootstrap.overrides import Overrides
from shared.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

    from shared.app import ports
    from shared.aws.batches import Batches
    from tidings.catalog import Catalog


class Adapters:
    def __init__(
        self, settings: Settings, catalog: "Catalog | None" = None, **overrides: Unpack[Overrides]
    ) -> None:
        unknown = overrides.keys() - Overrides.__annotations__.keys()
        if unknown:
            raise TypeError(f"no such port: {', '.join(sorted(unknown))}")
        self.settings = settings
        self._declared = catalog
        vars(self).update(overrides)

    def build(self, *names: str) -> None:
        """Build these ports now."""
        for name in names:
            getattr(self, name)

    @cached_property
    def catalog(self) -> "Catalog":
        """The events that the settings name, and the system's. Raises DeclarationError."""
        from tidings.system import with_system

        declared: Catalog = self._declared or import_module(self.settings.events).catalog
        # Where authentication is off, nobody is asked: a user is only what the client says.
        return with_system(declared if self.settings.auth_mode != "none" else declared.without_rules())

    @cached_property
    def clock(self) -> "ports.Clock":
        from shared.aws.clock import SystemClock

        return SystemClock()

    @cached_property
    def jitter(self) -> Callable[[], float]:
        # From the system's entropy: instances restored from one SnapStart snapshot would all draw the same.
        return random.SystemRandom().random

    @cached_property
    def registry(self) -> "ports.Registry":
        from shared.aws.registry import DynamoRegistry

        return DynamoRegistry(dynamodb=self.dynamodb, batches=self._batches, **self._connection_tables)

    @cached_property
    def admission(self) -> "ports.Admission":
        from shared.aws.admission import DynamoAdmission

        return DynamoAdmission(
            dynamodb=self.dynamodb,
            catalog=self.catalog,
            channels_per_connection=self.settings.channels_per_connection,
            **self._connection_tables,
        )

    @cached_property
    def greetings(self) -> "ports.Greetings":
        from shared.aws.greetings import DynamoGreetings

        return DynamoGreetings(
            dynamodb=self.dynamodb, batches=self._batches, table=self.settings.connections_table
        )

    @cached_property
    def subscribers(self) -> "ports.Subscribers":
        from shared.aws.subscribers import DynamoSubscribers

        return DynamoSubscribers(
            dynamodb=self.dynamodb,
            batches=self._batches,
            table=self.settings.subscriptions_table,
            shards=self.settings.topic_shards,
        )

    @cached_property
    def orphan_rows(self) -> "ports.OrphanRows":
        from shared.aws.orphan_rows import DynamoOrphanRows

        return DynamoOrphanRows(
            dynamodb=self.dynamodb,
            batches=self._batches,
            shards=self.settings.topic_shards,
            channels=self.catalog.channels,
            **self._connection_tables,
        )

    @cached_property
    def history(self) -> "ports.History":
        from shared.aws.history import DynamoHistory

        return DynamoHistory(dynamodb=self.dynamodb, table=self.settings.events_table)

    @cached_property
    def streams(self) -> "ports.Streams":
        from shared.aws.streams import DynamoStreams

        return DynamoStreams(dynamodb=self.dynamodb, batches=self._batches, table=self.settings.events_table)

    @cached_property
    def inbox(self) -> "ports.Inbox":
        from shared.aws.inbox import DynamoInbox

        return DynamoInbox(dynamodb=self.dynamodb, table=self.settings.events_table)

    @cached_property
    def windows(self) -> "ports.Windows":
        from shared.aws.windows import DynamoWindows

        return DynamoWindows(dynamodb=self.dynamodb, table=self.settings.schedule_table, catalog=self.catalog)

    @cached_property
    def schedule(self) -> "ports.Schedule":
        from shared.aws.schedule import DynamoSchedule

        return DynamoSchedule(dynamodb=self.dynamodb, table=self.settings.schedule_table)

    @cached_property
    def user_rows(self) -> "ports.UserRows":
        from shared.aws.user_rows import DynamoUserRows

        return DynamoUserRows(
            dynamodb=self.dynamodb,
            batches=self._batches,
            events_table=self.settings.events_table,
            schedule_table=self.settings.schedule_table,
            access_table=self.settings.access_table,
        )

    @cached_property
    def bus(self) -> "ports.Bus":
        from functools import cache

        from shared.aws import clients
        from shared.aws.bus import EventBridgeBus

        return EventBridgeBus(client=cache(clients.events), name=self.settings.event_bus)

    @cached_property
    def queue(self) -> "ports.Queue":
        return self._queue(self.settings.delivery_queue_url)

    @cached_property
    def parts(self) -> "ports.Queue":
        url = self.settings.parts_queue_url
        return self.queue if url is None else self._queue(url)

    @cached_property
    def rejections(self) -> "ports.Rejections":
        from shared.aws.rejections import SqsRejections

        return SqsRejections(sqs=self.sqs, url=self.settings.rejected_queue_url)

    @cached_property
    def sender(self) -> "ports.Sender":
        from shared.aws.identity import Identity
        from shared.aws.sender import ManagementApiSender

        return ManagementApiSender(
            endpoint_url=self.settings.ws_endpoint, identity=Identity(), clock=self.clock
        )

    @cached_property
    def access(self) -> "ports.Access":
        from shared.aws.access import DynamoAccess

        return DynamoAccess(dynamodb=self.dynamodb, table=self.settings.access_table)

    @cached_property
    def tokens(self) -> "ports.Tokens":
        from shared.aws.key_sources import jwks_at, secret_at
        from shared.aws.keys import published_keys, shared_secret
        from shared.aws.tokens import JwtTokens

        url, arn = self.settings.auth_jwks_url, self.settings.auth_secret_arn
        keys = shared_secret(secret_at(arn)) if arn is not None else published_keys(jwks_at(url or ""))
        return JwtTokens(keys=keys, algorithms=self.settings.algorithms)

    @cached_property
    def pace(self) -> "ports.Pace":
        from shared.domain.pace import Pace

        return Pace(self.settings.posts_per_second)

    @cached_property
    def parts_pace(self) -> "ports.Pace":
        from shared.domain.pace import PARTS_SHARE, Pace

        return Pace(self.settings.posts_per_second * PARTS_SHARE / self.settings.parts_at_once)

    @cached_property
    def rate_memory(self) -> "ports.RateMemory":
        from shared.domain.rate_memory import RateMemory

        return RateMemory()

    @cached_property
    def remembered_rows(self) -> "ports.Remembered":
        return {}

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        from shared.aws import clients

        return clients.dynamodb()

    @cached_property
    def sqs(self) -> "SQSClient":
        from shared.aws import clients

        return clients.sqs()

    @cached_property
    def _batches(self) -> "Batches":
        from shared.aws.batches import Batches

        return Batches(dynamodb=self.dynamodb, clock=self.clock, jitter=self.jitter)

    @property
    def _connection_tables(self) -> dict[str, Any]:
        return {
            "connections_table": self.settings.connections_table,
            "subscriptions_table": self.settings.subscriptions_table,
        }

    def _queue(self, url: str) -> "ports.Queue":
        from shared.aws.queue import SqsQueue

        return SqsQueue(sqs=self.sqs, url=url, clock=self.clock, jitter=self.jitter)
