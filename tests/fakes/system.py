"""The whole application on fakes, for tests of the use cases."""

from dataclasses import replace
from typing import Any

from shared.app.ports.tokens import Tokens
from shared.bootstrap import Adapters, build_ports
from shared.domain.connection import Connection
from shared.domain.intake import BusEvent
from shared.domain.lease import Lease
from shared.settings import Settings
from tests.fakes.access import FakeAccess
from tests.fakes.admission import FakeAdmission
from tests.fakes.app import App
from tests.fakes.bus import FakeBus
from tests.fakes.clock import FakeClock
from tests.fakes.greetings import FakeGreetings
from tests.fakes.history import FakeHistory
from tests.fakes.inbox import FakeInbox
from tests.fakes.orphan_rows import FakeOrphanRows
from tests.fakes.queue import FakeQueue
from tests.fakes.registry import FakeRegistry
from tests.fakes.rejections import FakeRejections
from tests.fakes.schedule import FakeSchedule
from tests.fakes.sender import FakeSender
from tests.fakes.streams import FakeStreams
from tests.fakes.subscribers import FakeSubscribers
from tests.fakes.tables import FakeTables
from tests.fakes.tokens import FakeTokens
from tests.fakes.user_rows import FakeUserRows
from tests.fakes.windows import FakeWindows
from tidings.catalog import Catalog

INVOCATION_SECONDS = 60.0

SETTINGS = Settings(
    stage="test",
    connections_table="connections",
    subscriptions_table="subscriptions",
    events_table="events",
    schedule_table="schedule",
    delivery_queue_url="https://sqs.test/delivery",
    rejected_queue_url="https://sqs.test/rejected",
    ws_endpoint="https://api.test/test",
    topic_shards=4,
    heartbeat_seconds=30,
    posts_per_second=1000,
    access_table="access",
)
# What turns authentication on.
JWT: dict[str, Any] = {
    "auth_mode": "jwt",
    "auth_issuer": "https://issuer.test/",
    "auth_audience": "tidings",
    "auth_jwks_url": "https://issuer.test/.well-known/jwks.json",
}


class FakeSystem:
    def __init__(
        self, *, verifying: Tokens | None = None, catalog: Catalog | None = None, **settings: Any
    ) -> None:
        """`settings` differ from SETTINGS: FakeSystem(**JWT) authenticates, by `verifying` if given."""
        self.settings = replace(SETTINGS, **settings)
        self.clock = FakeClock()
        self.tables = FakeTables()
        self.registry = FakeRegistry(self.tables)
        self.admission = FakeAdmission(
            self.tables,
            Adapters(self.settings, catalog).catalog,
            self.settings.channels_per_connection,
        )
        self.greetings = FakeGreetings(self.tables)
        self.subscribers = FakeSubscribers(self.tables)
        self.history = FakeHistory()
        self.streams = FakeStreams()
        self.inbox = FakeInbox(self.streams)
        self.windows = FakeWindows()
        self.schedule = FakeSchedule()
        self.orphan_rows = FakeOrphanRows(self.tables)
        self.queue = FakeQueue()
        self.bus = FakeBus()
        self.rejections = FakeRejections()
        self.sender = FakeSender()
        self.tokens = FakeTokens()
        self.access = FakeAccess()
        self.user_rows = FakeUserRows(self.schedule, self.access, self.inbox)
        self.ports = build_ports(
            settings=self.settings,
            catalog=catalog,
            clock=self.clock,
            registry=self.registry,
            admission=self.admission,
            greetings=self.greetings,
            subscribers=self.subscribers,
            history=self.history,
            streams=self.streams,
            inbox=self.inbox,
            windows=self.windows,
            schedule=self.schedule,
            orphan_rows=self.orphan_rows,
            bus=self.bus,
            user_rows=self.user_rows,
            queue=self.queue,
            parts=self.queue,
            rejections=self.rejections,
            sender=self.sender,
            tokens=verifying or self.tokens,
            access=self.access,
        )
        self.app = App(self.ports)

    @property
    def lease(self) -> Lease:
        """Of a new invocation."""
        return self.app.lease(INVOCATION_SECONDS)

    @property
    def deadline(self) -> float:
        return self.clock.now() + INVOCATION_SECONDS

    def online(self, connection_id: str, *channels: str, user_id: str | None = None) -> Connection:
        """A connection whose handshake is long over."""
        connection = Connection(
            connection_id=connection_id,
            user_id=user_id,
            channels=frozenset(channels),
            connected_at=self.clock.now() - 60,
        )
        self.registry.add(connection)
        self.sender.open.add(connection_id)
        return connection

    def event(self, detail_type: str, data: Any, *, event_id: str = "e-1", **detail: Any) -> BusEvent:
        return BusEvent(
            event_id=event_id,
            source="tests",
            detail_type=detail_type,
            detail={"data": data, **detail},
            occurred_at=self.clock.now(),
        )

    def drain(self) -> None:
        """Deliver what is queued until the queue is empty, each after its delay."""
        while self.queue.messages:
            delivery, delay_seconds = self.queue.messages.pop(0)
            self.clock.advance(delay_seconds)
            self.app.deliver(delivery, lease=self.lease)
