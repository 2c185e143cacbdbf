"""Planned messages: once, on their second, and not when they were moved or cancelled in time."""

from collections.abc import Iterator
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
    for plans in world.planning.by_key.values():
        plan = plans[-1]
        if plan.due_at is None or f"e{plan.number}" in kept or any(part in kept for part in plan.words):
            continue
        heard = [connection for _, connection in world.producers.heard_by.get(plan.shows, ())]
        for connection in living(world):
            if (
                (plan.user is None or connection.user == plan.user)
                and plan.shows not in connection.lost
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
        for plan, change in zip(plans, plans[1:], strict=False):
            told_at = world.planning.told_at.get(change.number)
            if plan.due_at is None or plan.due_at == change.due_at or told_at is None:
                continue
            if told_at < plan.due_at - 1 and world.producers.heard_by.get(plan.shows):
                yield f"{plan} was sent, though {change} was known {plan.due_at - told_at:.1f} s before"


def _all(world: "World") -> Iterator["Planned"]:
    for plans in world.planning.by_key.values():
        yield from plans
