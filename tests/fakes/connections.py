"""Connections in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.app.ports import Admission, Membership, Subscriber
from shared.domain.audience import topics_of
from shared.domain.connection import Connection
from shared.domain.errors import ConnectionLost
from shared.domain.identity import Identity
from shared.domain.lease import Lease
from shared.domain.rate import RateLimit
from tests.fakes.tables import ConnectionRow, FakeTables, TopicRow


@dataclass
class FakeConnections:
    tables: FakeTables

    def add(self, connection: Connection) -> None:
        self.tables.connections[connection.connection_id] = ConnectionRow(connection)
        for topic in topics_of(connection):
            self.tables.topics[topic, connection.connection_id] = TopicRow(connection)

    def admit(
        self, connection_id: str, *, now: float, limit: RateLimit, change: Membership | None = None
    ) -> Admission:
        row = self._row(connection_id)
        now_ms = int(now * 1000)
        quiet = row.rate_full_at_ms <= now_ms
        full_at_ms = (now_ms if quiet else row.rate_full_at_ms) + limit.interval_ms
        if full_at_ms > now_ms + limit.window_ms:
            row.rate_strikes += 1
            return Admission(
                connection=row.connection,
                version=row.rate_full_at_ms,
                retry_after_seconds=limit.retry_after_seconds(full_at_ms=row.rate_full_at_ms, now_ms=now_ms),
                strikes=row.rate_strikes,
            )
        row.rate_full_at_ms = full_at_ms
        row.rate_strikes = 0 if quiet else row.rate_strikes
        row.connection = _changed(row.connection, change or Membership())
        return Admission(connection=row.connection, version=full_at_ms)

    def enter(self, connection: Connection, channel: str, *, version: int) -> bool:
        key = (channel, connection.connection_id)
        present = self.tables.topics.get(key)
        if present is None or present.version <= version:
            self.tables.topics[key] = TopicRow(connection, version)
        current = self.find(connection.connection_id)
        if current is not None and channel in current.channels:
            self.tables.topics[key].connection = current
            return True
        self.leave(connection, channel, version=version)
        return False

    def leave(self, connection: Connection, channel: str, *, version: int) -> None:
        key = (channel, connection.connection_id)
        present = self.tables.topics.get(key)
        if present is not None and present.version <= version:
            del self.tables.topics[key]

    def renew(self, connection_id: str, identity: Identity, *, version: int) -> Connection:
        row = self._row(connection_id)
        renewed = replace(row.connection, grants=identity.grants, valid_until=identity.valid_until)
        lost = {channel for channel in renewed.channels if not renewed.may_hear(channel)}
        row.connection = replace(renewed, channels=renewed.channels - lost)
        for channel in lost:
            self.leave(row.connection, channel, version=version)
        for topic in topics_of(row.connection):
            if (present := self.tables.topics.get((topic, connection_id))) is not None:
                present.connection = row.connection
        return row.connection

    def find(self, connection_id: str) -> Connection | None:
        row = self.tables.connections.get(connection_id)
        return None if row is None else row.connection

    def remove(self, connection_id: str) -> bool:
        row = self.tables.connections.pop(connection_id, None)
        if row is None:
            return False
        for topic in topics_of(row.connection):
            self.tables.topics.pop((topic, connection_id), None)
        return True

    def seen(self, connection_id: str, *, now: float) -> None:
        self._row(connection_id).last_seen = now

    def remove_all(self, dead: Sequence[Subscriber]) -> None:
        for one in dead:
            self.remove(one.connection_id)
            if one.topic_shard:
                topic = one.topic_shard.rpartition("#")[0]
                self.tables.topics.pop((topic, one.connection_id), None)

    def claim_welcome(self, connection_id: str, *, now: float, lease: Lease) -> Connection | None:
        row = self.tables.connections.get(connection_id)
        if row is None or row.welcomed or (row.welcome_lease is not None and row.welcome_lease.until >= now):
            return None
        row.welcome_lease = lease
        return row.connection

    def welcomed(self, connection_id: str) -> None:
        row = self.tables.connections.get(connection_id)
        if row is not None:
            row.welcomed = True

    def _row(self, connection_id: str) -> ConnectionRow:
        try:
            return self.tables.connections[connection_id]
        except KeyError as exc:
            raise ConnectionLost(connection_id) from exc


def _changed(connection: Connection, change: Membership) -> Connection:
    channels = connection.channels
    if change.join is not None and connection.may_hear(change.join):
        channels |= {change.join}
    if change.leave is not None:
        channels -= {change.leave}
    return replace(connection, channels=channels)
