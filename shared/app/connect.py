"""$connect: let somebody in or not, register the connection, ask for its welcome."""

from collections.abc import Sequence

from shared.app.authenticate import authenticate, confirm
from shared.app.endings import await_expiry, closes_of
from shared.app.ports import Ports
from shared.domain.audience import shard_of
from shared.domain.connection import Connection
from shared.domain.deliveries import Welcome
from shared.domain.errors import AccessRefused, ErrorCode, Refusal
from shared.domain.grants import known_to, why_not
from shared.domain.handshake import Handshake
from shared.domain.heartbeats import own_interval
from shared.domain.identity import Identity
from shared.domain.origins import check_origin
from shared.domain.target import Target
from shared.observability import logger
from tidings.catalog import Catalog


def connect(ports: Ports, handshake: Handshake) -> Connection:
    """Raises AccessRefused."""
    now, settings = ports.clock.now(), ports.settings
    check_origin(handshake.origins, allowed=settings.origins, allow_missing=settings.allow_missing_origin)
    identity = known_to(authenticate(ports, handshake, now=now), ports.catalog)
    known, unknown = split_channels(handshake.parameter("channels") or "", ports.catalog)
    refused = {name: why for name in known if (why := why_not(identity, name, ports.catalog)) is not None}
    if refused:
        logger.warning("channels refused", because=refused)
    if unknown:
        logger.warning("channels unknown", channels=unknown)
    allowed = tuple(name for name in known if name not in refused)
    channels = allowed[: settings.channels_per_connection]
    heartbeat_seconds, invalid_heartbeat = _heartbeat(handshake, settings.heartbeat_seconds)
    connection = Connection(
        connection_id=handshake.connection_id,
        user_id=identity.user_id,
        channels=frozenset(channels),
        connected_at=handshake.connected_at,
        shard=shard_of(handshake.connection_id, settings.topic_shards),
        heartbeat_seconds=heartbeat_seconds,
        grants=identity.grants,
        claims=identity.claims,
        valid_until=identity.valid_until,
        address=handshake.network if settings.connections_per_address and not identity.verified else None,
    )
    ports.registry.add(connection)
    _confirm(ports, connection, identity, now)
    # The connection does not exist until $connect has answered: the welcome cannot be posted from here.
    welcome = Welcome(
        connection_id=connection.connection_id,
        channels=channels,
        unknown_channels=unknown,
        forbidden_channels=tuple(refused),
        surplus_channels=allowed[len(channels) :],
        invalid_heartbeat=invalid_heartbeat,
    )
    ports.queue.put(welcome)
    await_expiry(ports, connection, now=now)
    return connection


def _heartbeat(handshake: Handshake, heartbeat_seconds: int) -> tuple[int | None, bool]:
    """The connection's own interval, and whether what it asked for is none."""
    asked = handshake.parameter("heartbeat")
    try:
        return None if asked is None else own_interval(asked, heartbeat_seconds), False
    except ValueError:
        return None, True


def _confirm(ports: Ports, connection: Connection, identity: Identity, now: float) -> None:
    """What can be known only once the connection can be seen: else two decisions miss each other.

    A revocation lists the user's connections after it was written down; a limit counts all of them.
    """
    try:
        if identity.verified:
            confirm(ports, identity)
            _make_room(ports, connection, now)
        elif connection.address is not None:
            # Several share an address: none of them may end what another one has.
            those_of_address = ports.subscribers.of_address(connection.address, now=now)
            _refuse_surplus(connection, those_of_address, ports.settings.connections_per_address)
    except AccessRefused:
        ports.registry.remove(connection.connection_id)
        raise


def _make_room(ports: Ports, connection: Connection, now: float) -> None:
    if connection.user_id is None:
        return
    devices = ports.subscribers.of_user(connection.user_id, now=now)
    most = ports.settings.connections_per_user
    surplus = len(devices) - most
    if surplus <= 0:
        return
    if ports.settings.when_user_is_full == "newest_wins":
        oldest, because = devices[:surplus], ErrorCode.TOO_MANY_CONNECTIONS
        ports.queue.put_all(closes_of(ports, oldest, because))
    else:
        _refuse_surplus(connection, devices, most)


def _refuse_surplus(connection: Connection, all_of_them: Sequence[Target], most: int) -> None:
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
