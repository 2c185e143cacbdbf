"""What the use cases need from the world: a port a file, named as its adapter in shared/aws and its fake."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # For types only: a function imports the ports that it uses.
    from shared.app.ports.access import Access as Access
    from shared.app.ports.admission import Admission as Admission
    from shared.app.ports.bus import Bus as Bus
    from shared.app.ports.clock import Clock as Clock
    from shared.app.ports.greetings import Greetings as Greetings
    from shared.app.ports.history import History as History
    from shared.app.ports.inbox import Inbox as Inbox
    from shared.app.ports.orphan_rows import OrphanRows as OrphanRows
    from shared.app.ports.queue import Queue as Queue
    from shared.app.ports.registry import Registry as Registry
    from shared.app.ports.rejections import Rejections as Rejections
    from shared.app.ports.schedule import Schedule as Schedule
    from shared.app.ports.sender import Sender as Sender
    from shared.app.ports.streams import Remembered as Remembered
    from shared.app.ports.streams import Streams as Streams
    from shared.app.ports.subscribers import Subscribers as Subscribers
    from shared.app.ports.tokens import Tokens as Tokens
    from shared.app.ports.user_rows import UserRows as UserRows
    from shared.app.ports.windows import Windows as Windows
    from shared.domain.pace import Pace as Pace
    from shared.domain.rate_memory import RateMemory as RateMemory
    from shared.settings import Settings
    from tidings.catalog import Catalog


class Ports(Protocol):
    """What each use case gets first: the ports, what the stage has chosen, what this process remembers."""

    @property
    def settings(self) -> "Settings": ...

    @property
    def catalog(self) -> "Catalog":
        """The application's events, and the system's."""

    @property
    def access(self) -> "Access": ...

    @property
    def admission(self) -> "Admission": ...

    @property
    def bus(self) -> "Bus": ...

    @property
    def clock(self) -> "Clock": ...

    @property
    def greetings(self) -> "Greetings": ...

    @property
    def history(self) -> "History": ...

    @property
    def inbox(self) -> "Inbox": ...

    @property
    def orphan_rows(self) -> "OrphanRows": ...

    @property
    def parts(self) -> "Queue":
        """Of large events' parts, so that nothing small waits behind them."""

    @property
    def queue(self) -> "Queue": ...

    @property
    def registry(self) -> "Registry": ...

    @property
    def rejections(self) -> "Rejections": ...

    @property
    def schedule(self) -> "Schedule": ...

    @property
    def sender(self) -> "Sender": ...

    @property
    def streams(self) -> "Streams": ...

    @property
    def subscribers(self) -> "Subscribers": ...

    @property
    def tokens(self) -> "Tokens": ...

    @property
    def user_rows(self) -> "UserRows": ...

    @property
    def windows(self) -> "Windows": ...

    @property
    def jitter(self) -> Callable[[], float]:
        """A random number in [0, 1)."""

    @property
    def pace(self) -> "Pace":
        """Of what is small, and of the first invocation of each event."""

    @property
    def parts_pace(self) -> "Pace":
        """Of a part: what each of those may have that run at once."""

    @property
    def rate_memory(self) -> "RateMemory": ...

    @property
    def remembered_rows(self) -> "Remembered": ...
