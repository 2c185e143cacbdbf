"""Connections and the rows of their topics."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.connection import Connection
from shared.domain.target import Target


class Registry(Protocol):
    def add(self, connection: Connection) -> None: ...

    def find(self, connection_id: str) -> Connection | None: ...

    def remove(self, connection_id: str) -> bool:
        """Remove exactly this connection's rows. False when there was none."""

    def remove_all(self, dead: Sequence[Target]) -> None:
        """Remove the rows of these connections, and the very rows under which they were found."""
