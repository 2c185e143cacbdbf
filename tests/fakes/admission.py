"""What messages change, in memory."""

from dataclasses import dataclass, replace

from shared.app.ports.admission import Admitted
from shared.domain.audience import topics_of
from shared.domain.connection import Connection
from shared.domain.errors import ConnectionLost
from shared.domain.grants import may_join, why_not
from shared.domain.identity import Identity
from shared.domain.rate import INTERVAL_MS, WINDOW_MS, retry_after_seconds
from tests.fakes.catalog import CATALOGUE
from tests.fakes.tables import ConnectionRow, FakeTables, TopicRow
from tidings.catalog import Catalog


@dataclass
class FakeAdmission:
    tables: FakeTables
    catalog: Catalog = CATALOGUE
    channels_per_connection: int = 50

    def admit(
        self,
        connection_id: str,
        *,
        now: float,
        join: str | None = None,
        leave: str | None = None,
    ) -> Admitted:
        row = self._row(connection_id)
        now_ms = int(now * 1000)
        quiet = row.rate_full_at_ms <= now_ms
        full_at_ms = (now_ms if quiet else row.rate_full_at_ms) + INTERVAL_MS
        if full_at_ms > now_ms + WINDOW_MS:
            row.rate_strikes += 1
            return Admitted(
                connection=row.connection,
                version=row.rate_full_at_ms,
                greeted=row.welcomed,
                retry_after_seconds=retry_after_seconds(full_at_ms=row.rate_full_at_ms, now_ms=now_ms),
                strikes=row.rate_strikes,
            )
        row.rate_full_at_ms = full_at_ms
        row.rate_strikes = 0 if quiet else row.rate_strikes
        row.connection = self._changed(row.connection, join, leave)
        return Admitted(connection=row.connection, version=full_at_ms, greeted=row.welcomed)

    def add_to_topic(self, connection: Connection, channel: str, *, version: int) -> bool:
        key = (channel, connection.connection_id)
        present = self.tables.topics.get(key)
        if present is None or present.version <= version:
            self.tables.topics[key] = TopicRow(connection, version)
        current = self._current(connection.connection_id)
        if current is not None and channel in current.channels:
            self.tables.topics[key].connection = current
            return True
        self.remove_from_topic(connection, channel, version=version)
        return False

    def remove_from_topic(self, connection: Connection, channel: str, *, version: int) -> None:
        key = (channel, connection.connection_id)
        present = self.tables.topics.get(key)
        if present is not None and present.version <= version:
            del self.tables.topics[key]

    def renew(self, connection: Connection, identity: Identity, *, version: int) -> Connection:
        connection_id = connection.connection_id
        row = self._row(connection_id)
        if row.connection.renewal > version:
            return row.connection
        renewed = replace(
            row.connection,
            grants=identity.grants,
            claims=identity.claims,
            valid_until=identity.valid_until,
            renewal=version,
        )
        lost = {
            channel for channel in renewed.channels if why_not(renewed, channel, self.catalog) is not None
        }
        row.connection = replace(renewed, channels=renewed.channels - lost)
        for channel in lost:
            self.remove_from_topic(row.connection, channel, version=row.rate_full_at_ms)
        for topic in topics_of(row.connection):
            if (present := self.tables.topics.get((topic, connection_id))) is not None:
                present.connection = row.connection
        return row.connection

    def seen(self, connection_id: str, *, now: float) -> None:
        self._row(connection_id).last_seen = now

    def _current(self, connection_id: str) -> Connection | None:
        row = self.tables.connections.get(connection_id)
        return None if row is None else row.connection

    def _row(self, connection_id: str) -> ConnectionRow:
        try:
            return self.tables.connections[connection_id]
        except KeyError as exc:
            raise ConnectionLost(connection_id) from exc

    def _changed(self, connection: Connection, join: str | None, leave: str | None) -> Connection:
        channels, most = connection.channels, self.channels_per_connection
        if join is not None and may_join(connection, join, self.catalog, most_channels=most):
            channels |= {join}
        if leave is not None:
            channels -= {leave}
        return replace(connection, channels=channels)
