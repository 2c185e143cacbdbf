"""Events: delivered, to whom, how often, with receipts that say so."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulation.invariants.questions import conflated, hearers, kept_ids, owed

if TYPE_CHECKING:
    from simulation.world import World


def delivered(world: "World") -> Iterator[str]:
    """Every event reaches every connection that was subscribed before and is there to the end, or is kept."""
    kept = kept_ids(world)
    for sent in world.producers.sent.values():
        if sent.key is not None or sent.event_id in kept:
            continue
        for connection in owed(world, sent):
            if connection not in hearers(world, sent):
                yield f"{sent.event_id} ({sent.type}) never reached {connection.connection_id}"


def to_nobody_else(world: "World") -> Iterator[str]:
    """An event reaches only connections that asked for its channel, and only its user's."""
    for sent in world.producers.sent.values():
        for moment, connection in world.producers.heard_by.get(sent.number, ()):
            if sent.user is not None and connection.user != sent.user:
                whose = f"{connection.connection_id} of {connection.user}"
                yield f"{sent.event_id} of {sent.user} reached {whose}"
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


def receipts_add_up(world: "World") -> Iterator[str]:
    """Matched = delivered + gone + throttled + failed + waiting, and nothing waits when all is done."""
    for item in world.storage.memory.tables["events"].items():
        if "receipt" not in item:
            continue
        counts = {name: float(value["N"]) for name, value in item["receipt"]["M"].items()}
        names = ("delivered", "gone", "throttled", "failed", "superseded", "waiting")
        settled = sum(counts.get(name, 0) for name in names)
        # An event that was held or dropped before it reached anybody is counted as one.
        was_kept_back = not counts["matched"] and (counts.get("held") or counts.get("superseded") == 1)
        if counts["matched"] != settled and not was_kept_back:
            yield f"{item['stream']['S']}: {counts}"
        if "finished" in item and counts["waiting"]:
            yield f"{item['stream']['S']} is finished, and {counts['waiting']:.0f} wait"


def claims_end(world: "World") -> Iterator[str]:
    """No event is left begun and not finished, with nothing that will go on with it."""
    yield from _claims_end(world, {one.event_id for one in world.producers.sent.values() if one.key is None})


def conflated_claims_end(world: "World") -> Iterator[str]:
    """The last event of a conflation key is finished too; an earlier one may be left for it."""
    last = {events[-1].event_id for events in conflated(world).values()}
    yield from _claims_end(world, last)


def _claims_end(world: "World", names: set[str]) -> Iterator[str]:
    kept = kept_ids(world)
    for item in world.storage.memory.tables["events"].items():
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
        is_taken = problem.startswith("LeaseLost") or "taken it over" in problem  # the former: older versions
        if is_taken and key.removesuffix("/pub") in single:
            yield f"{key} lost its lease to itself"
