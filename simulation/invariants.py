"""What holds in every history once all is quiet. Each has a name, which a failure prints."""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from simulation.clients import Client
from simulation.gateway import Connection
from simulation.payloads import CHANNEL_OF
from simulation.producers import Sent

if TYPE_CHECKING:
    from simulation.world import World

Invariant = Callable[["World"], Iterator[str]]


def delivered(world: "World") -> Iterator[str]:
    """Every event reaches every connection that was subscribed before and is there to the end, or is kept."""
    kept = kept_ids(world)
    for sent in world.producers.sent.values():
        if sent.key is not None or sent.event_id in kept:
            continue
        for connection in owed(world, sent):
            if connection not in hearers(world, sent):
                yield f"{sent.event_id} ({sent.type}) never reached {connection.connection_id}"


def last_shown_last(world: "World") -> Iterator[str]:
    """Of the events that replace each other, every client is shown the last one last."""
    yield from _last_shown_last(world, troubled=False)


def last_shown_last_despite_retries(world: "World") -> Iterator[str]:
    """The same where a post to that client had to be repeated."""
    yield from _last_shown_last(world, troubled=True)


def _last_shown_last(world: "World", *, troubled: bool) -> Iterator[str]:
    kept = kept_ids(world)
    for key, events in conflated(world).items():
        last = events[-1]
        if last.event_id in kept or last.type in kept:
            continue
        for connection in owed(world, last):
            client: Client = connection.owner  # type: ignore[assignment]  all listeners are clients
            if was_troubled(world, client, events) is not troubled:
                continue
            shown = shown_of(world, client, key)
            if not shown or shown[-1] != last:
                said = ", ".join(one.event_id for one in shown) or "nothing"
                yield f"{client.name} was shown {said} of {key}: the last was {last.event_id}"


def nothing_older(world: "World") -> Iterator[str]:
    """Nothing is shown after something newer that replaces it."""
    yield from _nothing_older(world, troubled=False)


def nothing_older_despite_retries(world: "World") -> Iterator[str]:
    """The same where a post to that client had to be repeated."""
    yield from _nothing_older(world, troubled=True)


def _nothing_older(world: "World", *, troubled: bool) -> Iterator[str]:
    for key, events in conflated(world).items():
        for client in world.clients.values():
            if was_troubled(world, client, events) is not troubled:
                continue
            shown = shown_of(world, client, key)
            for before, after in zip(shown, shown[1:], strict=False):
                if after.at < before.at:
                    yield f"{client.name} was shown {after.event_id} of {key} after {before.event_id}"


def window_released(world: "World") -> Iterator[str]:
    """No event is left waiting in a window of its key."""
    kept = kept_ids(world)
    for item in world.memory.tables["events"].items():
        stream = item["stream"]["S"]
        if "held" in item and not any(part in kept for part in stream.split("#")):
            yield f"{stream} still holds {item['held']['S'][:60]}"


def to_nobody_else(world: "World") -> Iterator[str]:
    """An event reaches only connections that asked for its channel, and only its user's."""
    for sent in world.producers.sent.values():
        for moment, connection in world.producers.heard_by.get(sent.number, ()):
            if sent.user is not None and connection.user != sent.user:
                yield f"{sent.event_id} of {sent.user} reached {connection.connection_id} of {connection.user}"
            elif not any(
                join[0] == sent.channel and join[1] <= moment and (join[4] is None or join[4] > sent.at)
                for join in connection.joins
            ):
                yield f"{sent.event_id} reached {connection.connection_id}, not on {sent.channel}"


def once(world: "World") -> Iterator[str]:
    """A client's handler sees an event once."""
    for client in world.clients.values():
        numbers = [shown.number for shown in client.shown]
        for number in sorted({one for one in numbers if numbers.count(one) > 1}):
            yield f"{client.name} was shown event {number} {numbers.count(number)} times"


def welcome_arrives(world: "World") -> Iterator[str]:
    """Every connection that is there to the end was welcomed."""
    kept = kept_ids(world)
    for connection in living(world):
        if not connection.welcomes and connection.connection_id not in kept:
            yield f"{connection.connection_id} was never welcomed"


def welcome_first(world: "World") -> Iterator[str]:
    """The welcome is the first message of every connection."""
    for connection in world.gateway.connections.values():
        if connection.first_frame not in (None, "system.connected"):
            yield f"{connection.connection_id} first heard {connection.first_frame}"


def receipts_add_up(world: "World") -> Iterator[str]:
    """matched = delivered + gone + throttled + failed + waiting, and nothing waits when all is done."""
    for item in world.memory.tables["events"].items():
        if "receipt" not in item:
            continue
        counts = {name: float(value["N"]) for name, value in item["receipt"]["M"].items()}
        settled = sum(counts[name] for name in ("delivered", "gone", "throttled", "failed", "waiting"))
        if counts["matched"] != settled:
            yield f"{item['stream']['S']}: {counts}"
        if "finished" in item and counts["waiting"]:
            yield f"{item['stream']['S']} is finished, and {counts['waiting']:.0f} wait"


def counts_true(world: "World") -> Iterator[str]:
    """The rows that `subscriber_count` counts are those of the connections that are there."""
    now = world.hub.now
    rows = [item for item in world.memory.tables["subscriptions"].items() if float(item["expires_at"]["N"]) > now]
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
    if world.forever:
        yield "something still goes on after six hours"
    for name in ("delivery", "parts"):
        for message in world.queues[name].messages.values():
            yield f"{name} still has {message.body[:80]}"


def claims_end(world: "World") -> Iterator[str]:
    """No event is left begun and not finished, with nothing that will go on with it."""
    yield from _claims_end(world, conflated=False)


def conflated_claims_end(world: "World") -> Iterator[str]:
    """Nor is one that another has replaced meanwhile."""
    yield from _claims_end(world, conflated=True)


def _claims_end(world: "World", *, conflated: bool) -> Iterator[str]:
    kept = kept_ids(world)
    names = {one.event_id for one in world.producers.sent.values() if (one.key is not None) is conflated}
    for item in world.memory.tables["events"].items():
        kind, _, name = item["stream"]["S"].partition("#")
        if kind == "event" and name in names and "finished" not in item and name not in kept:
            yield f"{name}/{item['offset']['N']} was begun and never finished"


def recognises_itself(world: "World") -> Iterator[str]:
    """Nobody takes its own claim for somebody else's."""
    single = {
        sent.event_id
        for sent in world.producers.sent.values()
        if sent.key is None and world.lambdas.begun[f"{sent.event_id}/pub"] == 1
    }
    for line in world.lines:
        if line[1:3] == ("log", "event pending") and line[3] in single and line[4] == f"{line[3]}/pub":
            yield f"{line[3]} was put off for a lease of its own"
    for key, problem in world.problems:
        if problem.startswith("LeaseLost") and key.removesuffix("/pub") in single:
            yield f"{key} lost its lease to itself"


def no_surprise(world: "World") -> Iterator[str]:
    """What fails, fails with an error that somebody throws on purpose."""
    for key, problem in world.surprises:
        yield f"{key}: {problem}"


def no_row_left(world: "World") -> Iterator[str]:
    """A day after everybody left, no row is there that TTL will not remove."""
    for name, table in world.memory.tables.items():
        for item in table.items():
            if "expires_at" not in item:
                yield f"{name} keeps {item} for ever"
            elif name in ("connections", "subscriptions"):
                yield f"{name} still has {item}"


# What they ask


def owed(world: "World", sent: Sent) -> list[Connection]:
    """The connections that were subscribed before the event, and are there to the end."""
    return [
        connection
        for connection in living(world)
        if (sent.user is None or connection.user == sent.user)
        and sent.number not in connection.lost
        and any(
            channel == sent.channel
            and acknowledged is not None
            and acknowledged < sent.at
            and leave_asked is None
            for channel, _, acknowledged, leave_asked, _ in connection.joins
        )
    ]


def living(world: "World") -> list[Connection]:
    """Those that API Gateway called gone though they lived are owed nothing."""
    return [
        connection
        for connection in world.gateway.connections.values()
        if connection.alive and connection.forgotten_at is None
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
            message.body for name in ("failed", "rejected") for message in world.queues[name].messages.values()
        ]
        texts += [repr(one.event) for one in world.lambdas.failed]
        world.kept_words = frozenset(word for text in texts for word in _NAMES.findall(text))
    return world.kept_words


QUIET: dict[str, Invariant] = {
    "delivered": delivered,
    "last-shown-last": last_shown_last,
    "last-shown-last-despite-retries": last_shown_last_despite_retries,
    "nothing-older": nothing_older,
    "nothing-older-despite-retries": nothing_older_despite_retries,
    "window-released": window_released,
    "to-nobody-else": to_nobody_else,
    "once": once,
    "welcome-arrives": welcome_arrives,
    "welcome-first": welcome_first,
    "receipts-add-up": receipts_add_up,
    "counts-true": counts_true,
    "ends": ends,
    "claims-end": claims_end,
    "conflated-claims-end": conflated_claims_end,
    "recognises-itself": recognises_itself,
    "no-surprise": no_surprise,
}
DAY_AFTER: dict[str, Invariant] = {"no-row-left": no_row_left}
