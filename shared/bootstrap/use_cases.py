"""The use cases on their ports: one for each thing a function is asked to do, imported when it is built."""

import os
from functools import cached_property
from typing import TYPE_CHECKING

from shared.bootstrap.adapters import Adapters
from shared.bootstrap.engine import Engine
from shared.domain.lease import Lease

if TYPE_CHECKING:
    from shared.app.authenticate import Authenticate
    from shared.app.connect import Connect
    from shared.app.deliver import Deliver
    from shared.app.disconnect import Disconnect
    from shared.app.message import Message
    from shared.app.plan import Plan
    from shared.app.publish import Publish
    from shared.app.put_back import PutBack
    from shared.app.read_streams import ReadStreams
    from shared.app.revoke import Revoke
    from shared.app.sweep import Sweep
    from shared.app.tick import Tick
    from shared.app.unseen import Unseen


class App:
    def __init__(self, adapters: Adapters) -> None:
        self._ports = adapters
        self.engine = Engine(adapters)
        self._settings = adapters.settings
        self.clock = adapters.clock
        self.authenticates = adapters.settings.auth_mode != "none"

    def lease(self, seconds: float) -> Lease:
        """What an invocation that may run for so long takes hold of rows with."""
        return Lease(owner=os.urandom(8).hex(), until=self.clock.now() + seconds)

    @cached_property
    def connect(self) -> "Connect":
        from shared.app.connect import Connect, ConnectionsPerUser
        from shared.domain.origins import OriginPolicy

        settings = self._settings
        return Connect(
            registry=self._ports.registry,
            subscribers=self._ports.subscribers,
            queue=self._ports.queue,
            clock=self.clock,
            authenticate=self._authenticate,
            origins=OriginPolicy(allowed=settings.origins, allow_missing=settings.allow_missing_origin),
            per_user=ConnectionsPerUser(
                most=settings.connections_per_user,
                newest_wins=settings.when_user_is_full == "newest_wins",
            ),
            per_address=settings.connections_per_address,
            greetings=self._ports.greetings,
            shards=settings.topic_shards,
            catalog=self._ports.catalog,
            channels_per_connection=settings.channels_per_connection,
            heartbeat_seconds=settings.heartbeat_seconds,
        )

    @cached_property
    def disconnect(self) -> "Disconnect":
        from shared.app.disconnect import Disconnect

        return Disconnect(registry=self._ports.registry)

    @cached_property
    def message(self) -> "Message":
        from shared.app.inbox import AnswerInbox
        from shared.app.message import Message
        from shared.app.rate_memory import Condemned, PongAllowance
        from shared.app.renew import Renew
        from shared.domain.rate import RateLimit

        ports = self._ports
        return Message(
            admission=ports.admission,
            subscribers=ports.subscribers,
            queue=ports.queue,
            clock=self.clock,
            limit=RateLimit(),
            pongs=PongAllowance(heartbeat_seconds=self._settings.heartbeat_seconds),
            condemned=Condemned(),
            renew=Renew(
                admission=ports.admission,
                queue=ports.queue,
                authenticate=self._authenticate,
                catalog=self._ports.catalog,
            ),
            inbox=AnswerInbox(
                inbox=ports.inbox,
                subscribers=ports.subscribers,
                queue=ports.queue,
                catalog=ports.catalog,
            ),
            read_streams=self._read_streams,
            catalog=self._ports.catalog,
            channels_per_connection=self._settings.channels_per_connection,
        )

    @cached_property
    def publish(self) -> "Publish":
        from shared.app.publish import Publish
        from shared.app.remember import Remember

        ports = self._ports
        return Publish(
            conflate=self.engine.conflate,
            rejections=ports.rejections,
            queue=ports.queue,
            clock=self.clock,
            fan_out=self.engine.fan_out,
            remember=Remember(
                streams=ports.streams,
                inbox=ports.inbox,
                unseen=self._unseen,
                clock=self.clock,
                catalog=ports.catalog,
            ),
            catalog=ports.catalog,
        )

    @cached_property
    def deliver(self) -> "Deliver":
        from shared.app.carry_out_part import CarryOutPart
        from shared.app.close_connection import CloseConnection
        from shared.app.deliver import Deliver
        from shared.app.forget import ForgetUser
        from shared.app.greet import Greet
        from shared.app.ping import Ping
        from shared.app.release_planned import ReleasePlanned

        ports, clock, queue = self._ports, self.clock, self._ports.queue
        heartbeat_seconds = self._settings.heartbeat_seconds
        return Deliver(
            greet=Greet(
                greetings=ports.greetings,
                post=self.engine.post_directly,
                queue=queue,
                clock=clock,
                heartbeat_seconds=heartbeat_seconds,
                authentication=self._settings.auth_mode,
                catalog=self._ports.catalog,
                channels_per_connection=self._settings.channels_per_connection,
                read_streams=self._read_streams,
            ),
            ping=Ping(
                fan_out=self.engine.fan_out,
                clock=clock,
                heartbeat_seconds=heartbeat_seconds,
                read_streams=self._read_streams,
            ),
            release_planned=ReleasePlanned(
                schedule=ports.schedule,
                queue=queue,
                clock=clock,
                publish=self.publish,
                unseen=self._unseen,
                catalog=self._ports.catalog,
            ),
            post_directly=self.engine.post_directly,
            carry_out_part=CarryOutPart(
                fan_out=self.engine.fan_out, conflate=self.engine.conflate, parts=ports.parts, clock=clock
            ),
            publish=self.publish,
            close=CloseConnection(
                registry=ports.registry,
                sender=ports.sender,
                post=self.engine.post_directly,
                greetings=ports.greetings,
                queue=queue,
                clock=clock,
            ),
            forget=ForgetUser(
                user_rows=ports.user_rows, history=ports.history, parts=ports.parts, clock=clock
            ),
        )

    @cached_property
    def _unseen(self) -> "Unseen":
        from shared.app.unseen import Unseen

        ports = self._ports
        return Unseen(
            schedule=ports.schedule,
            inbox=ports.inbox,
            history=ports.history,
            subscribers=ports.subscribers,
            bus=ports.bus,
            queue=ports.queue,
            clock=self.clock,
        )

    @cached_property
    def put_back(self) -> "PutBack":
        from shared.app.put_back import PutBack

        return PutBack(redelivery=self._ports.redelivery, jitter=self._ports.jitter)

    @cached_property
    def revoke(self) -> "Revoke":
        from shared.app.revoke import Revoke

        ports = self._ports
        return Revoke(
            revocations=ports.revocations,
            subscribers=ports.subscribers,
            registry=ports.registry,
            queue=ports.queue,
            parts=ports.parts,
            rejections=ports.rejections,
            greetings=ports.greetings,
            clock=self.clock,
            catalog=self._ports.catalog,
        )

    @cached_property
    def plan(self) -> "Plan":
        from shared.app.plan import Plan

        ports = self._ports
        return Plan(
            schedule=ports.schedule,
            queue=ports.queue,
            rejections=ports.rejections,
            clock=self.clock,
            catalog=self._ports.catalog,
        )

    @cached_property
    def tick(self) -> "Tick":
        from shared.app.tick import Tick

        ports = self._ports
        return Tick(
            schedule=ports.schedule,
            windows=ports.windows,
            bookmarks=ports.bookmarks,
            queue=ports.queue,
            clock=self.clock,
            heartbeat_seconds=self._settings.heartbeat_seconds,
            heartbeat_shares=self._settings.heartbeat_shares,
        )

    @cached_property
    def sweep(self) -> "Sweep":
        from shared.app.sweep import Sweep

        return Sweep(
            orphan_rows=self._ports.orphan_rows,
            bookmarks=self._ports.bookmarks,
            clock=self.clock,
            units_per_tick=self._settings.sweep_units_per_tick,
            catalog=self._ports.catalog,
        )

    @cached_property
    def _read_streams(self) -> "ReadStreams":
        from shared.app.read_streams import ReadStreams

        ports = self._ports
        return ReadStreams(streams=ports.streams, inbox=ports.inbox, clock=self.clock, catalog=ports.catalog)

    @cached_property
    def _authenticate(self) -> "Authenticate":
        from shared.app.authenticate import TrustUrl, VerifyCredential
        from shared.domain.identity import ClaimsPolicy

        settings, ports = self._settings, self._ports
        if settings.auth_mode == "none":
            return TrustUrl()
        policy = ClaimsPolicy(
            issuer=settings.auth_issuer or "",
            audience=settings.auth_audience or "",
            user_claim=settings.auth_user_claim,
            channels_claim=settings.auth_channels_claim,
        )
        return VerifyCredential(
            tokens=ports.tokens, tickets=ports.tickets, revocations=ports.revocations, policy=policy
        )
