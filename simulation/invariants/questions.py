"""What the invariants ask about a history that is over."""

import re
from typing import TYPE_CHECKING

from simulation.clients import Client
from simulation.gateway import Connection
from simulation.producers import Sent

if TYPE_CHECKING:
    from simulation.world import World


def owed(world: "World", sent: Sent) -> list[Connection]:
    """The connections that were subscribed before the event, and are there to the end."""
    return [
        connection
        for connection in living(world)
        if (sent.user is None or connection.user == sent.user)
        and sent.number not in connection.lost
        and not connection.has_lapsed(sent.at)
        and any(
            channel == sent.channel
            and acknowledged is not None
            and acknowledged < sent.at
            and leave_asked is None
            for channel, _, acknowledged, leave_asked, _ in connection.joins
        )
    ]


def living(world: "World") -> list[Connection]:
    """Those that API Gateway called gone though they lived are owed nothing; nor those that are to be closed,
    and whose closing lies in a dead-letter queue.
    """
    kept = kept_ids(world)
    return [
        connection
        for connection in world.gateway.connections.values()
        if connection.alive and connection.forgotten_at is None and connection.connection_id not in kept
    ]


def hearers(world: "World", sent: Sent) -> list[Connection]:
    return [connection for _, connection in world.producers.heard_by.get(sent.number, ())]


def conflated(world: "World") -> dict[str, list[Sent]]:
    """By key, in the order in which they were sent."""
    found: dict[str, list[Sent]] = {}
    for sent in sorted(world.producers.sent.values(), key=lambda one: one.at):
        if sent.key is not None:
            found.setdefault(sent.key, []).append(sent)
    return found


def shown_of(world: "World", client: Client, key: str) -> list[Sent]:
    sent = world.producers.sent
    return [sent[one.number] for one in client.shown if one.number in sent and sent[one.number].key == key]


def was_troubled(world: "World", client: Client, events: list[Sent]) -> bool:
    numbers = {one.number for one in events}
    return any(
        connection.owner is client and not numbers.isdisjoint(connection.troubled)
        for connection in world.gateway.connections.values()
    )


_NAMES = re.compile(r"[\w.]+")


def kept_ids(world: "World") -> frozenset[str]:
    """Every word of what lies in a queue for a person to see: event ids, types, connections."""
    if world.kept_words is None:
        texts = [
            message.body
            for name in ("failed", "rejected")
            for message in world.storage.queues[name].messages.values()
        ]
        texts += [repr(one.event) for one in world.lambdas.failed]
        world.kept_words = frozenset(word for text in texts for word in _NAMES.findall(text))
    return world.kept_words
