"""Planned messages: once, on their second, and not when they were moved or cancelled in time."""

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from simulation.invariants.questions import kept_ids, living

if TYPE_CHECKING:
    from simulation.planning import Planned
    from simulation.world import World

# A cold start, the queue and a post: seconds that a message may be late when nothing goes wrong.
LATE_SECONDS = 3.0


def arrives(world: "World") -> Iterator[str]:
    """What is planned in the end arrives at every connection that was there, or is kept."""
    kept = kept_ids(world)
    for key, plans in world.planning.by_key.items():
        plan = plans[-1]
        told_at = world.planning.told_at.get(plan.number, plan.at)
        if _has_begun(world, key) or any(_same_second(plan, other) for other in plans[:-1]):
            continue
        if plan.due_at is None or (key.startswith("interview") and told_at > plan.due_at):
            # A reminder whose moment passed before anybody could plan it is not sent: the contract.
            continue
        if f"e{plan.number}" in kept or any(part in kept for part in plan.words):
            continue
        heard = [connection for _, connection in world.producers.heard_by.get(plan.shows, ())]
        for connection in living(world):
            if (
                (plan.user is None or connection.user == plan.user)
                and plan.shows not in connection.lost
                and not connection.has_lapsed(plan.due_at)
                and connection not in heard
                and any(
                    channel == plan.channel and acknowledged and acknowledged < plan.due_at - 1 and not left
                    for channel, _, acknowledged, left, _ in connection.joins
                )
            ):
                yield f"{plan} never reached {connection.connection_id}"


def not_early(world: "World") -> Iterator[str]:
    """Nothing planned comes more than a second early."""
    for plan in _all(world):
        if plan.due_at is not None:
            for moment, connection in world.producers.heard_by.get(plan.shows, ()):
                if moment < plan.due_at - 1:
                    early = plan.due_at - moment
                    yield f"{plan} reached {connection.connection_id} {early:.1f} s early"


def on_time(world: "World") -> Iterator[str]:
    """Where nothing goes wrong, it comes on its second."""
    if world.faults.fired:
        return
    for plan in _all(world):
        if plan.due_at is not None:
            expected = max(plan.due_at, plan.at)
            for moment, connection in world.producers.heard_by.get(plan.shows, ()):
                if moment > expected + LATE_SECONDS:
                    yield f"{plan} reached {connection.connection_id} {moment - expected:.1f} s late"


def moved_is_not_sent(world: "World") -> Iterator[str]:
    """What was moved or cancelled, and whose change was carried out in time, is not sent."""
    for plans in world.planning.by_key.values():
        for plan, change in pairwise(plans):
            told_at = world.planning.told_at.get(change.number)
            if plan.due_at is None or plan.due_at == change.due_at or told_at is None:
                continue
            if _same_second(plan, change):
                continue
            if told_at < plan.due_at - 1 and world.producers.heard_by.get(plan.shows):
                yield f"{plan} was sent, though {change} was known {plan.due_at - told_at:.1f} s before"


def _has_begun(world: "World", key: str) -> bool:
    """Whether the interview began before its reminder could be sent: then it is not, by the contract."""
    kind, _, name = key.rpartition(" ")
    return kind.startswith("interview") and any(
        line[1:3] == ("log", "delivery its moment has passed") and f":{name}:" in line[3]
        for line in world.lines
    )


def _same_second(one: "Planned", other: "Planned") -> bool:
    """Then the one that arrives last wins: docs/decisions/0062-order-within-a-second.md."""
    return int(one.at) == int(other.at)


def _all(world: "World") -> Iterator["Planned"]:
    for plans in world.planning.by_key.values():
        yield from plans
