"""Runs a plan and judges it; makes a failing plan shorter."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from simulation.code import Version
from simulation.invariants import DAY_AFTER, QUIET, RETURNED, Invariant
from simulation.plan import Plan
from simulation.world import World

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Broken:
    invariant: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    world: World
    broken: Sequence[Broken]


def run(plan: Plan, versions: Sequence[Version], judged: frozenset[str]) -> Outcome:
    """One history; `broken` holds what does not hold in it, at most three of an invariant."""
    world = World(plan, versions)
    world.run()
    broken = _judge(world, QUIET, judged)
    if plan.followers and not broken:
        world.run_return()
        broken = _judge(world, RETURNED, judged)
    if plan.long and not broken:
        world.run_day_after()
        broken = _judge(world, DAY_AFTER, judged)
    return Outcome(world=world, broken=broken)


def _judge(world: World, invariants: Mapping[str, Invariant], judged: frozenset[str]) -> list[Broken]:
    return [
        Broken(name, says)
        for name, invariant in invariants.items()
        if name in judged
        for says in list(invariant(world))[:3]
    ]


def shortened(plan: Plan, versions: Sequence[Version], invariant: str) -> Plan:
    """The shortest plan found in which the invariant still breaks: fewer steps, fewer faults."""
    judged = frozenset({invariant})

    def still_breaks(candidate: Plan) -> bool:
        return bool(run(candidate, versions, judged).broken)

    while True:
        before = len(plan.steps), len(_faults_of(plan, versions, judged))
        plan = _with_fewer(
            plan,
            [step.number for step in plan.steps],
            lambda plan, kept: plan.with_steps(frozenset(kept)),
            still_breaks,
        )
        faults = _faults_of(plan, versions, judged)
        plan = _with_fewer(
            plan.with_faults(frozenset(faults)),
            faults,
            lambda plan, kept: plan.with_faults(frozenset(kept)),
            still_breaks,
        )
        if (len(plan.steps), len(_faults_of(plan, versions, judged))) == before:
            return plan


def _faults_of(plan: Plan, versions: Sequence[Version], judged: frozenset[str]) -> list[str]:
    fired = run(plan, versions, judged).world.faults.fired
    return list(dict.fromkeys(fault.name for fault in fired))


def _with_fewer(
    plan: Plan,
    parts: list[_T],
    make: Callable[[Plan, list[_T]], Plan],
    still_breaks: Callable[[Plan], bool],
) -> Plan:
    """Delta debugging: take away chunks, then smaller ones, as long as it still breaks."""
    size = max(1, len(parts) // 2)
    while parts:
        start = 0
        while start < len(parts):
            fewer = parts[:start] + parts[start + size :]
            candidate = make(plan, fewer)
            if still_breaks(candidate):
                plan, parts = candidate, fewer
            else:
                start += size
        if size == 1:
            break
        size = max(1, size // 2)
    return plan
