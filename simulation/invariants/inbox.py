"""The inbox: counted once, kept as it was sent, and told on the bus exactly when it was not seen in time."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from simulation.invariants.questions import kept_ids

if TYPE_CHECKING:
    from simulation.world import World

REMINDER = "interview.reminder"
INVOCATION_SECONDS = 60.0
# What ticks that were lost, queues that were late and leases that had to end may take together.
PATIENCE_SECONDS = 3600.0


def counted_once(world: "World") -> Iterator[str]:
    """An event has one number in its user's inbox."""
    for user, items in _kept(world).items():
        ids = [item["id"] for item in items.values()]
        for event_id in sorted({one for one in ids if ids.count(one) > 1}):
            yield f"{event_id} is {ids.count(event_id)} times in the inbox of {user}"


def heard_is_kept(world: "World") -> Iterator[str]:
    """What a client heard under a number is what the inbox has there, and no number is above the head's."""
    kept = _kept(world)
    for client in world.clients.values():
        for number, event_id in client.items.items():
            there = kept.get(client.user or "", {}).get(number, {}).get("id")
            if there != event_id:
                yield f"{client.name} heard {event_id} as {number}, the inbox has {there}"
    for user, items in kept.items():
        if items and max(items) > _head(world, user)["inbox"]:
            yield f"{user} has item {max(items)}, the head has counted {_head(world, user)['inbox']}"


def cursor_as_acknowledged(world: "World") -> Iterator[str]:
    """What was acknowledged as seen stays seen."""
    for client in world.clients.values():
        acknowledged = max((number for _, number in client.seen), default=0)
        if acknowledged and _head(world, client.user or "")["seen"] < acknowledged:
            yield f"{client.name} has seen {acknowledged}, the head says {_head(world, client.user or '')}"


def seen_is_not_told(world: "World") -> Iterator[str]:
    """What was seen is not put on the bus by an invocation that began after that."""
    for user, items in _kept(world).items():
        numbers = {item["id"]: number for number, item in items.items()}
        for event_id, told_at in world.unseen:
            for client in world.clients.values():
                if client.user == user and any(
                    at < told_at - INVOCATION_SECONDS and upto >= numbers.get(event_id, upto + 1)
                    for at, upto in client.seen
                ):
                    yield f"{event_id} was seen by {client.name}, and told on the bus after it"


def unseen_is_told(world: "World") -> Iterator[str]:
    """What was not seen goes on the bus, or is planned still, or is kept for a person."""
    told, kept = {event_id for event_id, _ in world.unseen}, kept_ids(world)
    planned = {row["schedule_key"]["S"]: row for row in world.storage.memory.tables["schedule"].items()}
    for user, items in _kept(world).items():
        for number, item in items.items():
            if item["type"] != REMINDER or number <= _head(world, user)["seen"] or item["id"] in told:
                continue
            row = planned.get(f"unseen:{item['id']}")
            if any(part in kept for part in item["id"].replace(":", " ").split()):
                continue
            if row is None:
                yield f"{item['id']} was not seen, not told, and nobody will look for it"
            elif int(row["due_at"]["N"]) < world.hub.now - PATIENCE_SECONDS:
                yield f"{item['id']} was to be looked for {world.hub.now - int(row['due_at']['N']):.0f} s ago"


def _kept(world: "World") -> dict[str, dict[int, dict[str, Any]]]:
    """The items by user and number."""
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for row in world.storage.memory.tables["events"].items():
        kind, _, user = row["stream"]["S"].partition("#")
        if kind == "inbox":
            found.setdefault(user, {})[int(row["offset"]["N"])] = json.loads(row["envelope"]["S"])
    return found


def _head(world: "World", user: str) -> dict[str, int]:
    for row in world.storage.memory.tables["events"].items():
        if row["stream"]["S"] == f"user#{user}" and row["offset"]["N"] == "0":
            return {name: int(row[name]["N"]) if name in row else 0 for name in ("inbox", "seen")}
    return {"inbox": 0, "seen": 0}
