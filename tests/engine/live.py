"""The publisher's own code on the live gateway: real sender, real sockets; tables and queues in memory."""

import os
import time
from dataclasses import dataclass, field, replace
from typing import Any

from shared.aws.identity import Identity
from shared.aws.sender import ManagementApiSender
from shared.bootstrap import build_ports
from shared.domain.audience import shard_of
from shared.domain.connection import Connection
from shared.domain.deliveries import Delivery, FanOutPart
from shared.domain.lease import Lease
from shared.domain.receipt import Receipt
from tests.engine.gateway import LiveGateway
from tests.fakes.app import App
from tests.fakes.catalog import Channel
from tests.fakes.history import FakeHistory
from tests.fakes.queue import FakeQueue
from tests.fakes.registry import FakeRegistry
from tests.fakes.rejections import FakeRejections
from tests.fakes.subscribers import FakeSubscribers
from tests.fakes.system import SETTINGS
from tests.fakes.tables import FakeTables


class JumpingClock:
    """Real time, that jumps where a test would otherwise wait for a lease or a queue's delay."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead

    def sleep(self, seconds: float) -> None:
        # Long enough for posts under way to be answered, and the rest as a jump.
        time.sleep(min(seconds, 0.002))
        self.ahead += max(0.0, seconds - 0.002)


class SignedNow(JumpingClock):
    """Signatures are checked against real time."""

    def now(self) -> float:
        return time.time()


@dataclass
class Publisher:
    gateway: LiveGateway
    targets_per_run: int = 20_000
    tables: FakeTables = field(default_factory=FakeTables)
    history: FakeHistory = field(default_factory=FakeHistory)
    queue: FakeQueue = field(default_factory=FakeQueue)
    rejections: FakeRejections = field(default_factory=FakeRejections)
    clock: JumpingClock = field(default_factory=JumpingClock)

    def __post_init__(self) -> None:
        self.registry = FakeRegistry(self.tables)
        self.sender = self.new_sender()

    def new_sender(self) -> ManagementApiSender:
        return ManagementApiSender(
            endpoint_url=self.gateway.endpoint,
            identity=Identity(),
            clock=SignedNow(),
            posts_in_flight=32,
            post_seconds=0.5,
        )

    def subscribe(self, connection_ids: list[str]) -> None:
        for connection_id in connection_ids:
            self.registry.add(
                Connection(
                    connection_id=connection_id,
                    user_id=None,
                    channels=frozenset({Channel.JOBS}),
                    connected_at=self.clock.now() - 60,
                    shard=shard_of(connection_id, 2),
                )
            )

    def sandbox(self, **ports: Any) -> App:
        """A publisher function, started anew."""
        settings = replace(SETTINGS, targets_per_run=self.targets_per_run)
        made: dict[str, Any] = {
            "clock": self.clock,
            "registry": self.registry,
            "subscribers": FakeSubscribers(self.tables, page_rows=100),
            "history": self.history,
            "queue": self.queue,
            "parts": self.queue,
            "rejections": self.rejections,
            "sender": self.sender,
            **ports,
        }
        return App(build_ports(settings=settings, **made))

    @property
    def lease(self) -> Lease:
        """Of a new invocation."""
        return Lease(os.urandom(8).hex(), self.clock.now() + 60)

    def deliver(self, delivery: Delivery, **ports: Any) -> None:
        self.sandbox(**ports).deliver(delivery, lease=self.lease)

    def drain(self) -> Receipt:
        app = self.sandbox()
        while self.queue.messages:
            delivery, delay_seconds = self.queue.messages.pop(0)
            self.clock.ahead += delay_seconds
            app.deliver(delivery, lease=self.lease)
        self.gateway.settle()
        return self.history.receipt("e-1")

    def event(self) -> FanOutPart:
        return FanOutPart(
            event_id="e-1",
            message='{"id":"e-1"}',
            channel=Channel.JOBS,
            published_at=self.clock.now(),
        )
