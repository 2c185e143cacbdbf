"""Connections: welcomed, counted, forgotten; and the system at rest."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulation.faults import AFTER, BEFORE, LATE, POST_FAILED, POST_LATE, THROTTLED
from simulation.gateway import FAILED
from simulation.invariants.questions import kept_ids, living
from simulation.payloads import CHANNEL_OF, WELCOME

if TYPE_CHECKING:
    from simulation.world import World

# shared/domain/limits.py: YOUNG_SECONDS.
WELCOME_WITHIN_SECONDS = 10.0


def welcome_arrives(world: "World") -> Iterator[str]:
    """Every connection that is there to the end was welcomed."""
    kept = kept_ids(world)
    for connection in living(world):
        lost = WELCOME in connection.lost
        if not connection.welcomes and not lost and connection.connection_id not in kept:
            yield f"{connection.connection_id} was never welcomed"


def welcome_first(world: "World") -> Iterator[str]:
    """The welcome is the first message of every connection.

    Nobody can know of a post that was answered 200 and lost. An invocation that fails knows nothing of the
    connection, and answers INTERNAL_ERROR at once. And a welcome that a fault delays does not hold back
    everything else for ever.
    """
    for connection in world.gateway.connections.values():
        first, heard_at = connection.first_frame, connection.first_frame_at
        if first in ("system.connected", FAILED) or heard_at is None or WELCOME in connection.lost:
            continue
        age_seconds = heard_at - connection.connected_at
        if age_seconds < WELCOME_WITHIN_SECONDS:
            yield f"{connection.connection_id} first heard {first}, {age_seconds:.1f} s old"


def counts_true(world: "World") -> Iterator[str]:
    """The rows that `subscriber_count` counts are those of the connections that are there."""
    now = world.hub.now
    items = world.storage.memory.tables["subscriptions"].items()
    rows = [item for item in items if float(item["expires_at"]["N"]) > now]
    for item in rows:
        channel = item["topic_shard"]["S"].rpartition("#")[0]
        if channel not in CHANNEL_OF.values():
            continue
        connection = world.gateway.connections[item["connection_id"]["S"]]
        if connection.closed_at is not None:
            yield f"{connection.connection_id} is gone, and still counts on {channel}"
    present = {(item["topic_shard"]["S"].rpartition("#")[0], item["connection_id"]["S"]) for item in rows}
    for connection in living(world):
        for channel, _, acknowledged, leave_asked, _ in connection.joins:
            here = (channel, connection.connection_id)
            if acknowledged is not None and leave_asked is None and here not in present:
                yield f"{connection.connection_id} is on {channel}, and does not count"


def ends(world: "World") -> Iterator[str]:
    """All becomes quiet: nothing goes round for ever, no message is left in a queue that is read."""
    if world.course.went_on_forever:
        yield "something still goes on after six hours"
    for name in ("delivery", "parts"):
        for message in world.storage.queues[name].messages.values():
            yield f"{name} still has {message.body[:80]}"


def no_surprise(world: "World") -> Iterator[str]:
    """What fails, fails with an error that somebody throws on purpose."""
    for key, problem in world.surprises:
        yield f"{key}: {problem}"


def no_row_left(world: "World") -> Iterator[str]:
    """A day after everybody left, no row is there that TTL will not remove."""
    for name, table in world.storage.memory.tables.items():
        for item in table.items():
            if "expires_at" not in item:
                yield f"{name} keeps {item} for ever"
            elif name in ("connections", "subscriptions"):
                yield f"{name} still has {item}"


def welcome_once(world: "World") -> Iterator[str]:
    """Nobody is welcomed twice, unless an answer was lost or an invocation died between the two."""
    excuses = (BEFORE, AFTER, POST_LATE, POST_FAILED, LATE, THROTTLED)
    if any(fault.kind in excuses for fault in world.faults.fired):
        return
    for connection in world.gateway.connections.values():
        if len(connection.welcomes) > 1:
            yield f"{connection.connection_id} was welcomed {len(connection.welcomes)} times"


def deaf_are_cut(world: "World") -> Iterator[str]:
    """A living connection that API Gateway called gone is closed, so that its client comes back.

    While it has rows, the next post finds it.
    """
    rows = {item["connection_id"]["S"] for item in world.storage.memory.tables["subscriptions"].items()}
    for connection in world.gateway.connections.values():
        if connection.connection_id in rows:
            continue
        if connection.alive and connection.forgotten_at is not None:
            yield f"{connection.connection_id} hears nothing since {connection.forgotten_at:.0f}, and is open"
