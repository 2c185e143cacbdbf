"""What the messages of a connection change."""

from dataclasses import dataclass
from typing import Protocol

from shared.domain.connection import Connection
from shared.domain.identity import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """Whether a message may be carried out, and the connection as it is after it."""

    connection: Connection
    version: int
    """Grows with every admitted message of the connection: orders its subscriptions."""
    greeted: bool
    """Whether its welcome has arrived."""
    retry_after_seconds: int | None = None
    """Set when the message is refused."""
    strikes: int = 0


class Admission(Protocol):
    """What a connection's messages change: its message rate, its topics, its token."""

    def admit(
        self,
        connection_id: str,
        *,
        now: float,
        join: str | None = None,
        leave: str | None = None,
    ) -> Admitted:
        """Count a message against the rate; a refused one changes nothing. Raises ConnectionLost.

        The same write puts the channel to join among the connection's, or takes the one to leave away.
        A channel that the connection may not hear is not joined; the message is admitted all the same.
        """

    def add_to_topic(self, connection: Connection, channel: str, *, version: int) -> bool:
        """Put a connection among a channel's subscribers.

        False when it left or was lost meanwhile: its row is not left behind.
        """

    def remove_from_topic(self, connection: Connection, channel: str, *, version: int) -> None: ...

    def renew(self, connection: Connection, identity: Identity, *, version: int) -> Connection:
        """Give a connection a new end and new grants, and take it off the channels it may no longer hear.

        Raises ConnectionLost.
        """

    def seen(self, connection_id: str, *, now: float) -> None:
        """Note that its client answered. Raises ConnectionLost."""
