"""Events that replace each other: the last one is shown, and shown last."""

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from simulation.invariants.questions import conflated, kept_ids, owed, shown_of, was_troubled

if TYPE_CHECKING:
    from simulation.world import World


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
            client = world.clients[connection.owner.name]
            if was_troubled(world, client, events) is not troubled:
                continue
            shown = [
                one for one in shown_of(world, client, key) if one == last or one.number not in client.read
            ]
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
            for before, after in pairwise(shown):
                # An event waits two seconds at most for the one before it: the history may answer later.
                if after.at < before.at and after.number not in client.read:
                    yield f"{client.name} was shown {after.event_id} of {key} after {before.event_id}"


def window_released(world: "World") -> Iterator[str]:
    """No event is left waiting in a window of its key."""
    kept = kept_ids(world)
    for item in world.storage.memory.tables["events"].items():
        stream = item["stream"]["S"]
        if "held" in item and not any(part in kept for part in stream.split("#")):
            yield f"{stream} still holds {item['held']['S'][:60]}"
    for item in world.storage.memory.tables["schedule"].items():
        key = item["schedule_key"]["S"]
        if key.startswith("window:") and "due_at" in item and not any(one in kept for one in key.split("#")):
            yield f"{key} still holds {item['window']['S'][:200]}"
