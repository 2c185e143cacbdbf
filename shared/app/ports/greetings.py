"""The first message of each connection."""

from typing import Protocol

from shared.domain.connection import Connection
from shared.domain.lease import Lease


class Greetings(Protocol):
    """Who greets a connection, once."""

    def claim(self, connection_id: str, *, now: float, lease: Lease) -> Connection | None:
        """The connection, for the one caller who may greet it now; None for all others."""

    def done(self, connection_id: str) -> None:
        """The greeting has arrived: nobody may claim it again."""
