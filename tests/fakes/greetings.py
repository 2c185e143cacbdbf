"""Who greets whom, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.app.ports.history import Claim, Claimed
from shared.domain.errors import ConnectionLost
from shared.domain.lease import Lease
from tests.fakes.tables import FakeTables


@dataclass
class FakeGreetings:
    tables: FakeTables

    def claim(self, connection_id: str, *, now: float, lease: Lease) -> Claimed:
        row = self.tables.connections.get(connection_id)
        if row is None:
            raise ConnectionLost(connection_id)
        if row.welcomed:
            return Claimed(Claim.DONE)
        held = row.welcome_lease
        if held is not None and held.until >= now and held.owner != lease.owner:
            return Claimed(Claim.RUNNING, lease_until=held.until)
        row.welcome_lease = lease
        return Claimed(Claim.NEW, connection=row.connection)

    def release(self, connection_id: str, *, lease: Lease) -> None:
        row = self.tables.connections.get(connection_id)
        if row is not None and row.welcome_lease is not None and row.welcome_lease.owner == lease.owner:
            row.welcome_lease = None

    def greeted(self, connection_ids: Sequence[str]) -> set[str]:
        rows = self.tables.connections
        return {one for one in connection_ids if one in rows and rows[one].welcomed}

    def done(self, connection_id: str) -> None:
        row = self.tables.connections.get(connection_id)
        if row is not None:
            row.welcomed = True
