"""Who greets whom, in memory."""

from dataclasses import dataclass

from shared.domain.connection import Connection
from shared.domain.lease import Lease
from tests.fakes.tables import FakeTables


@dataclass
class FakeGreetings:
    tables: FakeTables

    def claim(self, connection_id: str, *, now: float, lease: Lease) -> Connection | None:
        row = self.tables.connections.get(connection_id)
        if row is None or row.welcomed or (row.welcome_lease is not None and row.welcome_lease.until >= now):
            return None
        row.welcome_lease = lease
        return row.connection

    def done(self, connection_id: str) -> None:
        row = self.tables.connections.get(connection_id)
        if row is not None:
            row.welcomed = True
