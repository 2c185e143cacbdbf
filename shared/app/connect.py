"""$connect: let somebody in or not, register the connection, ask for its welcome."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.app.authenticate import Authenticate
from shared.app.close_connection import await_expiry, closes_of
from shared.app.ports.clock import Clock
from shared.app.ports.greetings import Greetings
from shared.app.ports.queue import Queue
from shared.app.ports.registry import Registry
from shared.app.ports.subscribers import Subscribers
from shared.domain.audience import shard_of
from shared.domain.connection import Connection
from shared.domain.deliveries import Welcome
from shared.domain.errors import AccessRefused, ErrorCode, Refusal
from shared.domain.grants import known_to, why_not
from shared.domain.handshake import Handshake
from shared.domain.heartbeats import own_interval
from shared.domain.identity import Identity
from shared.domain.origins import OriginPolicy
from shared.domain.target import Target
from shared.observability import logger
from tidings.catalog import Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    connection: Connection
    unknown_channels: tuple[str, ...]
    subprotocol: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    refusal: Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionsPerUser:
    most: int
    newest_wins: bool
    """Else the newest is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    registry: Registry
    subscribers: Subscribers
    queue: Queue
    clock: Clock
    authenticate: Authenticate
    origins: OriginPolicy
    per_user: ConnectionsPerUser
    per_address: int
    """The most that no token vouches for; 0: as many as come."""
    greetings: Greetings
    shards: int
    catalog: Catalog
    channels_per_connection: int
    heartbeat_seconds: int
    """The stage's."""

    def __call__(self, handshake: Handshake) -> Accepted | Refused:
        now = self.clock.now()
        try:
            self.origins.check(handshake.origins)
            identity = known_to(self.authenticate(handshake, now=now), self.catalog)
            return self._register(handshake, identity, now)
        except AccessRefused as refused:
            return Refused(refusal=refused.refusal)

    def _register(self, handshake: Handshake, identity: Identity, now: float) -> Accepted:
        known, unknown = split_channels(handshake.parameter("channels") or "", self.catalog)
        refused = {name: why for name in known if (why := why_not(identity, name, self.catalog)) is not None}
        if refused:
            logger.warning("channels refused", because=refused)
        allowed = tuple(name for name in known if name not in refused)
        channels = allowed[: self.channels_per_connection]
        heartbeat_seconds, invalid_heartbeat = self._heartbeat(handshake)
        connection = Connection(
            connection_id=handshake.connection_id,
            user_id=identity.user_id,
            channels=frozenset(channels),
            connected_at=handshake.connected_at,
            shard=shard_of(handshake.connection_id, self.shards),
            heartbeat_seconds=heartbeat_seconds,
            grants=identity.grants,
            claims=identity.claims,
            valid_until=identity.valid_until,
            address=handshake.network if self.per_address and not identity.verified else None,
        )
        self.registry.add(connection)
        self._confirm(connection, identity, now)
        # The connection does not exist until $connect has answered: the welcome cannot be posted from here.
        welcome = Welcome(
            connection_id=connection.connection_id,
            channels=channels,
            unknown_channels=unknown,
            forbidden_channels=tuple(refused),
            surplus_channels=allowed[len(channels) :],
            invalid_heartbeat=invalid_heartbeat,
        )
        self.queue.put(welcome)
        await_expiry(self.queue, connection, now=now)
        return Accepted(connection=connection, unknown_channels=unknown, subprotocol=handshake.subprotocol)

    def _heartbeat(self, handshake: Handshake) -> tuple[int | None, bool]:
        """The connection's own interval, and whether what it asked for is none."""
        asked = handshake.parameter("heartbeat")
        try:
            return None if asked is None else own_interval(asked, self.heartbeat_seconds), False
        except ValueError:
            return None, True

    def _confirm(self, connection: Connection, identity: Identity, now: float) -> None:
        """What can be known only once the connection can be seen: else two decisions miss each other.

        A revocation lists the user's connections after it was written down; a limit counts all of them.
        """
        try:
            if identity.verified:
                self.authenticate.confirm(identity)
                self._make_room(connection, now)
            elif connection.address is not None:
                # Several share an address: none of them may end what another one has.
                self._refuse_surplus(
                    connection, self.subscribers.of_address(connection.address, now=now), self.per_address
                )
        except AccessRefused:
            self.registry.remove(connection.connection_id)
            raise

    def _make_room(self, connection: Connection, now: float) -> None:
        if connection.user_id is None:
            return
        devices = self.subscribers.of_user(connection.user_id, now=now)
        surplus = len(devices) - self.per_user.most
        if surplus <= 0:
            return
        if self.per_user.newest_wins:
            oldest, because = devices[:surplus], ErrorCode.TOO_MANY_CONNECTIONS
            self.queue.put_all(closes_of(oldest, because, self.greetings, self.clock))
        else:
            self._refuse_surplus(connection, devices, self.per_user.most)

    def _refuse_surplus(self, connection: Connection, all_of_them: Sequence[Target], most: int) -> None:
        """Of several that came at once, exactly the surplus is refused."""
        if connection.connection_id in [one.connection_id for one in all_of_them[most:]]:
            raise AccessRefused(Refusal.TOO_MANY_CONNECTIONS)


# A URL has at most 4,096 characters; what is repeated to the client stays well below one frame.
_UNKNOWN_NAMED = 20


def split_channels(text: str, catalog: Catalog) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The known channels of a comma-separated list and the unknown names, both in the order asked."""
    names = dict.fromkeys(name for name in (part.strip() for part in text.split(",")) if name)
    known = tuple(name for name in names if catalog.channel(name) is not None)
    unknown = tuple(name for name in names if name not in known)
    return known, unknown[:_UNKNOWN_NAMED]
