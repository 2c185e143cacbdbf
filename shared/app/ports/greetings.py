"""The first message of each connection."""

from collections.abc import Sequence
from typing import Protocol

from shared.app.ports.history import Claimed
from shared.domain.lease import Lease


class Greetings(Protocol):
    """Who greets a connection, once."""

    def claim(self, connection_id: str, *, now: float, lease: Lease) -> Claimed:
        """NEW for the one who may greet it now. Raises ConnectionLost when it has no row."""

    def release(self, connection_id: str, *, lease: Lease) -> None:
        """The greeting could not be posted: others may claim it now."""

    def done(self, connection_id: str) -> None:
        """The greeting has arrived: nobody may claim it again."""

    def greeted(self, connection_ids: Sequence[str]) -> set[str]:
        """Those of them whose greeting has arrived. One that has no row is not among them."""
