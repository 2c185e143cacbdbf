"""The composition root: the only place that joins the use cases with AWS."""

import os
import random
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from shared.app import ports
from shared.app.allowance import Condemned, PongAllowance
from shared.app.connect import Connect
from shared.app.deliver import Deliver
from shared.app.disconnect import Disconnect
from shared.app.fan_out import FanOut
from shared.app.message import Message
from shared.app.pace import PARTS_SHARE, Pace
from shared.app.plan import Plan
from shared.app.publish import Publish
from shared.app.tick import Tick
from shared.aws import clients
from shared.aws.clock import SystemClock
from shared.aws.conflations import DynamoConflations
from shared.aws.connections import DynamoConnections
from shared.aws.history import DynamoHistory
from shared.aws.identity import Identity
from shared.aws.queue import SqsQueue
from shared.aws.rejections import SqsRejections
from shared.aws.schedule import DynamoSchedule
from shared.aws.sender import ManagementApiSender
from shared.aws.subscribers import DynamoSubscribers
from shared.domain.rate import RateLimit
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
    def connections(self) -> ports.Connections:
        return DynamoConnections(
            dynamodb=self._dynamodb,
            connections_table=self.settings.connections_table,
            subscriptions_table=self.settings.subscriptions_table,
        )

    @cached_property
    def subscribers(self) -> ports.Subscribers:
        return DynamoSubscribers(
            dynamodb=self._dynamodb,
            table=self.settings.subscriptions_table,
            shards=self.settings.topic_shards,
        )

    @cached_property
    def history(self) -> ports.History:
        return DynamoHistory(dynamodb=self._dynamodb, table=self.settings.events_table)

    @cached_property
    def conflations(self) -> ports.Conflations:
        return DynamoConflations(dynamodb=self._dynamodb, table=self.settings.events_table)

    @cached_property
    def schedule(self) -> ports.Schedule:
        return DynamoSchedule(dynamodb=self._dynamodb, table=self.settings.schedule_table)

    @cached_property
    def queue(self) -> ports.Queue:
        return SqsQueue(sqs=self._sqs, url=self.settings.delivery_queue_url)

    @cached_property
    def parts(self) -> ports.Queue:
        url = self.settings.parts_queue_url
        return self.queue if url is None else SqsQueue(sqs=self._sqs, url=url)

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
            jitter=_RANDOM.random,
            pace=Pace(posts_per_second),
            shared_pace=Pace(posts_per_second * PARTS_SHARE / self.settings.parts_at_once),
            targets_per_run=self.settings.targets_per_run,
        )

    @cached_property
    def _dynamodb(self) -> "DynamoDBClient":
        return clients.dynamodb()

    @cached_property
    def _sqs(self) -> "SQSClient":
        return clients.sqs()


class App:
    """The use cases, one for each thing a function is asked to do."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self.clock = ports.clock

    @cached_property
    def connect(self) -> Connect:
        ports = self._ports
        return Connect(connections=ports.connections, queue=ports.queue, shards=ports.settings.topic_shards)

    @cached_property
    def disconnect(self) -> Disconnect:
        return Disconnect(connections=self._ports.connections)

    @cached_property
    def message(self) -> Message:
        ports = self._ports
        return Message(
            connections=ports.connections,
            subscribers=ports.subscribers,
            queue=ports.queue,
            clock=ports.clock,
            limit=RateLimit(),
            pongs=PongAllowance(heartbeat_seconds=ports.settings.heartbeat_seconds),
            condemned=Condemned(),
        )

    @cached_property
    def publish(self) -> Publish:
        ports = self._ports
        return Publish(
            conflations=ports.conflations,
            rejections=ports.rejections,
            queue=ports.queue,
            clock=ports.clock,
            fan_out=ports.fan_out,
        )

    @cached_property
    def deliver(self) -> Deliver:
        ports = self._ports
        return Deliver(
            connections=ports.connections,
            schedule=ports.schedule,
            queue=ports.queue,
            sender=ports.sender,
            clock=ports.clock,
            fan_out=ports.fan_out,
            publish=self.publish,
            heartbeat_seconds=ports.settings.heartbeat_seconds,
        )

    @cached_property
    def plan(self) -> Plan:
        ports = self._ports
        return Plan(
            schedule=ports.schedule, queue=ports.queue, rejections=ports.rejections, clock=ports.clock
        )

    @cached_property
    def tick(self) -> Tick:
        ports = self._ports
        return Tick(
            schedule=ports.schedule,
            queue=ports.queue,
            clock=ports.clock,
            heartbeat_seconds=ports.settings.heartbeat_seconds,
        )


def build_app(settings: Settings | None = None, **overrides: Any) -> App:
    """The application for these settings (the environment's by default).

    `overrides` replace ports by name: `build_app(settings, clock=FakeClock())`. Raises SettingsError.
    """
    return App(Ports(settings or Settings.from_environment(os.environ), overrides))
