"""The adapters of one function, each built when first asked for."""

import random
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from shared.app import ports
from shared.app.authenticate import Authenticate, TrustUrl, VerifyCredential
from shared.app.conflate import Conflate
from shared.app.end import End
from shared.app.fan_out import FanOut
from shared.app.pace import PARTS_SHARE, Pace
from shared.aws import clients
from shared.aws.batches import Batches
from shared.aws.bookmarks import DynamoBookmarks
from shared.aws.clock import SystemClock
from shared.aws.connections import DynamoConnections
from shared.aws.devices import DynamoDevices
from shared.aws.history import DynamoHistory
from shared.aws.identity import Identity
from shared.aws.leftovers import DynamoLeftovers
from shared.aws.queue import SqsQueue, SqsRedelivery
from shared.aws.rejections import SqsRejections
from shared.aws.revocations import DynamoRevocations
from shared.aws.schedule import DynamoSchedule
from shared.aws.sender import ManagementApiSender
from shared.aws.subscribers import DynamoSubscribers
from shared.aws.tickets import DynamoTickets
from shared.aws.windows import DynamoWindows
from shared.domain.identity import ClaimsPolicy
from shared.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient


# From the system's entropy: instances restored from one SnapStart snapshot would all draw the same numbers.
_RANDOM = random.SystemRandom()


class Ports:
    """The adapters. Each is built when first asked for, so that a function pays only for those it uses."""

    def __init__(self, settings: Settings, overrides: Mapping[str, Any]) -> None:
        known = {name for name, member in vars(Ports).items() if isinstance(member, cached_property)}
        unknown = overrides.keys() - known
        if unknown:
            raise TypeError(f"no such port: {', '.join(sorted(unknown))}")
        self.settings = settings
        vars(self).update(overrides)

    @cached_property
    def clock(self) -> ports.Clock:
        return SystemClock()

    @cached_property
    def jitter(self) -> Callable[[], float]:
        return _RANDOM.random

    @cached_property
    def connections(self) -> ports.Connections:
        return DynamoConnections(
            dynamodb=self._dynamodb,
            batches=self._batches,
            connections_table=self.settings.connections_table,
            subscriptions_table=self.settings.subscriptions_table,
        )

    @cached_property
    def subscribers(self) -> ports.Subscribers:
        return DynamoSubscribers(
            dynamodb=self._dynamodb,
            batches=self._batches,
            table=self.settings.subscriptions_table,
            shards=self.settings.topic_shards,
        )

    @cached_property
    def history(self) -> ports.History:
        return DynamoHistory(dynamodb=self._dynamodb, table=self.settings.events_table)

    @cached_property
    def windows(self) -> ports.Windows:
        return DynamoWindows(dynamodb=self._dynamodb, table=self.settings.schedule_table)

    @cached_property
    def schedule(self) -> ports.Schedule:
        return DynamoSchedule(dynamodb=self._dynamodb, table=self.settings.schedule_table)

    @cached_property
    def bookmarks(self) -> ports.Bookmarks:
        return DynamoBookmarks(dynamodb=self._dynamodb, table=self.settings.schedule_table, clock=self.clock)

    @cached_property
    def leftovers(self) -> ports.Leftovers:
        return DynamoLeftovers(
            dynamodb=self._dynamodb,
            batches=self._batches,
            connections_table=self.settings.connections_table,
            subscriptions_table=self.settings.subscriptions_table,
            shards=self.settings.topic_shards,
        )

    @cached_property
    def queue(self) -> ports.Queue:
        return self._queue(self.settings.delivery_queue_url)

    @cached_property
    def parts(self) -> ports.Queue:
        url = self.settings.parts_queue_url
        return self.queue if url is None else self._queue(url)

    @cached_property
    def redelivery(self) -> ports.Redelivery:
        urls = (self.settings.delivery_queue_url, self.settings.parts_queue_url)
        return SqsRedelivery(sqs=self._sqs, urls=[url for url in urls if url is not None])

    @cached_property
    def rejections(self) -> ports.Rejections:
        return SqsRejections(sqs=self._sqs, url=self.settings.rejected_queue_url)

    @cached_property
    def sender(self) -> ports.Sender:
        return ManagementApiSender(
            endpoint_url=self.settings.ws_endpoint, identity=Identity(), clock=self.clock
        )

    @cached_property
    def fan_out(self) -> FanOut:
        posts_per_second = self.settings.posts_per_second
        return FanOut(
            connections=self.connections,
            subscribers=self.subscribers,
            history=self.history,
            sender=self.sender,
            queue=self.queue,
            parts=self.parts,
            rejections=self.rejections,
            clock=self.clock,
            jitter=self.jitter,
            pace=Pace(posts_per_second),
            shared_pace=Pace(posts_per_second * PARTS_SHARE / self.settings.parts_at_once),
            targets_per_run=self.settings.targets_per_run,
        )

    @cached_property
    def conflate(self) -> Conflate:
        return Conflate(
            windows=self.windows,
            history=self.history,
            queue=self.queue,
            clock=self.clock,
            jitter=self.jitter,
        )

    @cached_property
    def devices(self) -> ports.Devices:
        return DynamoDevices(dynamodb=self._dynamodb, table=self.settings.subscriptions_table)

    @cached_property
    def tickets(self) -> ports.Tickets:
        return DynamoTickets(dynamodb=self._dynamodb, table=self.settings.access_table)

    @cached_property
    def revocations(self) -> ports.Revocations:
        return DynamoRevocations(dynamodb=self._dynamodb, table=self.settings.access_table)

    @cached_property
    def tokens(self) -> ports.Tokens:
        # Not at the top: cryptography takes a tenth of a second to import, and most functions never need it.
        from shared.aws.key_sources import jwks_at, secret_at  # noqa: PLC0415
        from shared.aws.keys import PublishedKeys, SharedSecret  # noqa: PLC0415
        from shared.aws.tokens import JwtTokens  # noqa: PLC0415

        url, arn = self.settings.auth_jwks_url, self.settings.auth_secret_arn
        keys = SharedSecret(secret_at(arn)) if arn is not None else PublishedKeys(jwks_at(url or ""))
        return JwtTokens(keys=keys, algorithms=self.settings.algorithms)

    @cached_property
    def authenticate(self) -> Authenticate:
        settings = self.settings
        if settings.auth_mode == "none":
            return TrustUrl()
        policy = ClaimsPolicy(
            issuer=settings.auth_issuer or "",
            audience=settings.auth_audience or "",
            user_claim=settings.auth_user_claim,
            channels_claim=settings.auth_channels_claim,
        )
        return VerifyCredential(
            tokens=self.tokens, tickets=self.tickets, revocations=self.revocations, policy=policy
        )

    @cached_property
    def end(self) -> End:
        return End(
            connections=self.connections,
            sender=self.sender,
            fan_out=self.fan_out,
            queue=self.queue,
            clock=self.clock,
        )

    @cached_property
    def _dynamodb(self) -> "DynamoDBClient":
        return clients.dynamodb()

    @cached_property
    def _batches(self) -> Batches:
        return Batches(dynamodb=self._dynamodb, clock=self.clock, jitter=self.jitter)

    def _queue(self, url: str) -> SqsQueue:
        return SqsQueue(sqs=self._sqs, url=url, clock=self.clock, jitter=self.jitter)

    @cached_property
    def _sqs(self) -> "SQSClient":
        return clients.sqs()
