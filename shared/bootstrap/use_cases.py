"""The use cases on their adapters: one for each thing a function is asked to do."""

import os
from functools import cached_property

from shared.app.allowance import Condemned, PongAllowance
from shared.app.connect import Connect, ConnectionsPerUser
from shared.app.deliver import Deliver
from shared.app.disconnect import Disconnect
from shared.app.message import Message
from shared.app.plan import Plan
from shared.app.publish import Publish
from shared.app.put_back import PutBack
from shared.app.renew import Renew
from shared.app.revoke import Revoke
from shared.app.sweep import Sweep
from shared.app.tick import Tick
from shared.bootstrap.adapters import Ports
from shared.domain.lease import Lease
from shared.domain.origins import OriginPolicy
from shared.domain.rate import RateLimit


class App:
    """The use cases, one for each thing a function is asked to do."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self.clock = ports.clock
        self.authenticates = ports.settings.auth_mode != "none"

    def lease(self, seconds: float) -> Lease:
        """What an invocation that may run for so long takes hold of rows with."""
        return Lease(owner=os.urandom(8).hex(), until=self.clock.now() + seconds)

    @cached_property
    def put_back(self) -> PutBack:
        return PutBack(redelivery=self._ports.redelivery, jitter=self._ports.jitter)

    @cached_property
    def connect(self) -> Connect:
        ports = self._ports
        settings = ports.settings
        return Connect(
            connections=ports.connections,
            devices=ports.devices,
            queue=ports.queue,
            clock=ports.clock,
            authenticate=ports.authenticate,
            origins=OriginPolicy(allowed=settings.origins, allow_missing=settings.allow_missing_origin),
            per_user=ConnectionsPerUser(
                most=settings.connections_per_user,
                newest_wins=settings.when_user_is_full == "newest_wins",
            ),
            shards=settings.topic_shards,
        )

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
            renew=Renew(connections=ports.connections, queue=ports.queue, authenticate=ports.authenticate),
        )

    @cached_property
    def publish(self) -> Publish:
        ports = self._ports
        return Publish(
            conflate=ports.conflate,
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
            clock=ports.clock,
            fan_out=ports.fan_out,
            conflate=ports.conflate,
            publish=self.publish,
            end=ports.end,
            heartbeat_seconds=ports.settings.heartbeat_seconds,
            authentication=ports.settings.auth_mode,
        )

    @cached_property
    def revoke(self) -> Revoke:
        ports = self._ports
        return Revoke(
            revocations=ports.revocations,
            devices=ports.devices,
            connections=ports.connections,
            queue=ports.queue,
            rejections=ports.rejections,
            clock=ports.clock,
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
            windows=ports.windows,
            bookmarks=ports.bookmarks,
            queue=ports.queue,
            clock=ports.clock,
            heartbeat_seconds=ports.settings.heartbeat_seconds,
            heartbeat_shares=ports.settings.heartbeat_shares,
        )

    @cached_property
    def sweep(self) -> Sweep:
        ports = self._ports
        return Sweep(
            leftovers=ports.leftovers,
            bookmarks=ports.bookmarks,
            clock=ports.clock,
            units_per_tick=ports.settings.sweep_units_per_tick,
        )
