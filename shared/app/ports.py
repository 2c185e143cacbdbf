"""What the use cases need from the world. Adapters live in shared/aws, fakes in tests/fakes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple, Protocol

from shared.domain.audience import Audience
from shared.domain.conflation import Window
from shared.domain.connection import Connection
from shared.domain.deliveries import Delivery
from shared.domain.identity import Identity
from shared.domain.lease import Lease
from shared.domain.progress import Place, Progress
from shared.domain.rate import RateLimit
from shared.domain.receipt import Receipt
from shared.domain.schedule import Due, PlanChange, Planned


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since the epoch."""

    def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A change of one connection's channels, made in the same write that admits its message."""

    join: str | None = None
    leave: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Whether a message may be carried out, and the connection as it is after it."""

    connection: Connection
    version: int
    """Grows with every admitted message of the connection: orders its subscriptions."""
    retry_after_seconds: int | None = None
    """Set when the message is refused."""
    strikes: int = 0


class Subscriber(NamedTuple):
    """A row of the subscriptions table, as far as a delivery needs it."""

    connection_id: str
    connected_at: float
    topic_shard: str
    """Empty where it is not known: the target comes from elsewhere."""


class Connections(Protocol):
    """Connections and the topics they are in."""

    def add(self, connection: Connection) -> None: ...

    def admit(
        self, connection_id: str, *, now: float, limit: RateLimit, change: Membership | None = None
    ) -> Admission:
        """Count a message against the limit; a refused one changes nothing. Raises ConnectionLost.

        A channel that the connection may not hear is not joined; the message is admitted all the same.
        """

    def enter(self, connection: Connection, channel: str, *, version: int) -> bool:
        """Put a connection among a channel's subscribers.

        False when it left or was lost meanwhile: its row is not left behind.
        """

    def leave(self, connection: Connection, channel: str, *, version: int) -> None: ...

    def renew(self, connection_id: str, identity: Identity, *, version: int) -> Connection:
        """Give a connection a new end and new grants, and take it off the channels it may no longer hear.

        Raises ConnectionLost.
        """

    def find(self, connection_id: str) -> Connection | None: ...

    def remove(self, connection_id: str) -> bool:
        """Remove exactly this connection's rows. False when there was none."""

    def seen(self, connection_id: str, *, now: float) -> None:
        """Note that its client answered. Raises ConnectionLost."""

    def remove_all(self, dead: Sequence[Subscriber]) -> None:
        """Remove the rows of these connections, and the very rows under which they were found."""

    def claim_welcome(self, connection_id: str, *, now: float, lease: Lease) -> Connection | None:
        """The connection, for the one caller who may greet it now; None for all others."""

    def welcomed(self, connection_id: str) -> None:
        """The greeting has arrived: nobody may claim it again."""


@dataclass(frozen=True, slots=True)
class Page:
    shard: int
    subscribers: Sequence[Subscriber]
    after: str | None
    """Where the shard goes on; None when this was its last page."""
    read_units: float = 0.0


class Subscribers(Protocol):
    """Reading topics. Expired rows are never seen; reads are consistent."""

    def count(self, channel: str, *, now: float) -> int: ...

    def places(self, audience: Audience) -> tuple[Place, ...]:
        """The beginning of everything that is to be read for the audience."""

    def pages(self, audience: Audience, places: Sequence[Place], *, now: float) -> Iterator[Page]:
        """The audience from these places on, page by page, so that it is never held as a whole.

        A shard's pages come in order and its last one has no `after`; shards may alternate.
        """


class Claim(Enum):
    NEW = "new"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Claimed:
    claim: Claim
    progress: Progress | None = None
    """Of a NEW one: how far an earlier invocation came."""
    lease_until: float = 0.0
    """Of a RUNNING one: when another invocation's time is over."""


class History(Protocol):
    """Which events went out, and how. A large event has parts: part 0 is the one it began with."""

    def claim(self, event_id: str, *, now: float, lease: Lease, part: int = 0) -> Claimed:
        """NEW for the one who may deliver it now: the first, or a later one after a crash (lease over)."""

    def save(self, event_id: str, progress: Progress, *, lease: Lease, part: int = 0) -> bool:
        """Remember how far the claim came. False when somebody else has claimed it since."""

    def release(self, event_id: str, progress: Progress, *, lease: Lease, part: int = 0) -> bool:
        """As `save`, and let others claim it now."""

    def finish(self, event_id: str, receipt: Receipt, *, lease: Lease, part: int = 0) -> bool:
        """It is done for good. False as in `save`."""

    def note(self, event_id: str, receipt: Receipt, *, window: str, now: float) -> None:
        """Give an event that nobody has claimed a receipt, and name the window that keeps it back."""


class Told(Enum):
    """What came of telling the schedule about a change."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    """Known already, or kept on purpose."""
    OUTDATED = "outdated"
    """A newer event has spoken about this key."""


class Schedule(Protocol):
    """Planned messages, each under its key."""

    def tell(self, change: PlanChange) -> Told:
        """Plan, move or drop a message, unless a newer event or this very one has spoken about its key."""

    def due(self, *, until: float, turn: int) -> Iterator[Sequence[Due]]:
        """What is planned up to that moment and not yet handed to the queue, in pages.

        Shards take turns, and `turn` says which begins: a reader who runs out of time starves none of them.
        """

    def handed_over(self, handed: Sequence[Due]) -> None:
        """The queue has them: `due` need not name them again, unless they are moved."""

    def current(self, due: Due) -> Planned | None:
        """The plan, if it is still planned for that moment."""


class Outcome(Enum):
    DELIVERED = "delivered"
    GONE = "gone"
    THROTTLED = "throttled"
    TOO_LARGE = "too_large"
    REFUSED = "refused"
    FAILED = "failed"


class Posted(NamedTuple):
    connection_id: str
    outcome: Outcome


class Sender(Protocol):
    """The management API."""

    def post(self, message: bytes, connection_ids: Iterable[str | None]) -> Iterator[Posted]:
        """Post one message to many connections, one try each, in any order. Never raises for a target.

        The ids are taken as posts may begin. None among them means that there is none just now: what is
        under way is listened to before the next one is asked for.
        """

    def close(self, connection_ids: Iterable[str]) -> Sequence[str]:
        """End connections; one that is gone already is ended. Those that could not be ended come back."""


class Queue(Protocol):
    """The delivery queue."""

    def put(self, delivery: Delivery, *, delay_seconds: int = 0) -> None: ...

    def put_all(self, deliveries: Iterable[tuple[Delivery, int]]) -> None:
        """Put (delivery, delay in seconds) pairs, in as few requests as the service allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """What could not be delivered, with the reasons, for a person to see and redrive."""

    kind: str
    reasons: tuple[str, ...]
    content: Mapping[str, Any] = field(default_factory=dict)


class Redelivery(Protocol):
    """Messages of the queues that could not be carried out."""

    def after(self, seconds: int, *, queue_arn: str, receipt_handle: str) -> None:
        """Show the message again after so many seconds, not only when its visibility timeout is over."""


class Rejections(Protocol):
    def put(self, rejection: Rejection) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWindow:
    window: Window | None
    version: int
    """0 when there is no row."""


class Windows(Protocol):
    """The conflation window of each key, read and written whole."""

    def read(self, key: str, *, now: float) -> KeptWindow: ...

    def write(self, key: str, window: Window, *, after: KeptWindow, now: float) -> KeptWindow | None:
        """Write what was decided on the window as it was read. None: it is written.

        Else somebody has written since, and nothing changes: the window as it is now.
        """

    def overdue(self, *, before: float) -> Iterator[Sequence[str]]:
        """Keys whose held event was due before that moment, in pages."""


class Bookmarks(Protocol):
    """How far the work that never ends has come, from one tick to the next."""

    def read(self, name: str) -> str | None: ...

    def write(self, name: str, place: str | None) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRow:
    """A row of the subscriptions table, as far as the sweep needs it."""

    topic_shard: str
    connection_id: str
    connected_at: float
    expires_at: float
    user_id: str | None = None
    """On the row among everybody's: where the connection's row in its user's topic is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPage:
    rows: Sequence[TopicRow]
    next_place: str | None
    """None after the last row of the last topic."""
    units: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    connection_ids: AbstractSet[str]
    units: float


class Leftovers(Protocol):
    """The rows of all topics, expired ones too, for the sweep. Units are DynamoDB's."""

    def page(self, place: str | None, *, rows: int) -> TopicPage:
        """The rows after a place (None: from the beginning), at most so many, of one shard of one topic."""

    def known(self, connection_ids: Sequence[str]) -> Known:
        """Those of up to 100 connections that have a row of their own, or may have one."""

    def remove(self, rows: Sequence[TopicRow], *, now: float) -> float:
        """Remove these rows; of connections in everybody's topic also the user's and an expired own row."""


class Tokens(Protocol):
    def claims(self, token: str, *, now: float) -> Mapping[str, Any]:
        """The claims of a token whose signature holds; nothing else is checked. Raises AccessRefused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketHolder:
    """What was written on a ticket when it was issued."""

    user_id: str
    origin: str | None
    channels: tuple[str, ...] | None
    """None: all."""
    issued_at: float
    valid_until: float | None


class Tickets(Protocol):
    """One-time tickets that producers issue."""

    def redeem(self, ticket: str, *, now: float) -> TicketHolder | None:
        """Take a ticket: only the first caller gets it, and only while it is fresh."""


class Revocations(Protocol):
    """Since when a user's tokens and tickets are no good."""

    def revoke(self, user_id: str, *, at: float) -> None: ...

    def revoked_at(self, user_id: str) -> float | None: ...


class Devices(Protocol):
    """All connections of one user, whatever they subscribed to, oldest first."""

    def of(self, user_id: str, *, now: float) -> Sequence[Subscriber]: ...
