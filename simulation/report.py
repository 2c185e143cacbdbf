"""What people read: the coverage of ports and faults, and a failing history line by line."""

from collections import Counter

from simulation.faults import (
    AFTER,
    BEFORE,
    LATE,
    POST_FAILED,
    POST_LATE,
    POST_THROTTLED,
    SLOW,
    THROTTLED,
)
from simulation.history import Outcome

_COLUMNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("calls", ("call",)),
    ("before", (BEFORE,)),
    ("after", (AFTER,)),
    ("late", (LATE, POST_LATE, POST_FAILED)),
    ("throttled", (THROTTLED, POST_THROTTLED)),
    ("slow", (SLOW,)),
)


def coverage_table(seen: Counter[tuple[str, str]]) -> str:
    """Calls and faults by port method, then the other faults."""
    methods = sorted(where for where, kind in seen if kind == "call")
    lines = [f"{'port method':<28}" + "".join(f"{name:>11}" for name, _ in _COLUMNS)]
    for method in methods:
        counts = [sum(seen[method, kind] for kind in kinds) for _, kinds in _COLUMNS]
        lines.append(f"{method:<28}" + "".join(f"{count:>11,}" for count in counts))
    shown = {kind for _, kinds in _COLUMNS for kind in kinds}
    others: Counter[str] = Counter()
    for (where, kind), count in seen.items():
        if kind not in shown or (where not in methods and kind != "call"):
            others[kind] += count
    lines += ["", "other faults: " + ", ".join(f"{kind} {count:,}" for kind, count in sorted(others.items()))]
    return "\n".join(lines)


def verdicts_line(verdicts: Counter[str]) -> str:
    return "followed streams: " + ", ".join(f"{name} {count:,}" for name, count in sorted(verdicts.items()))


def told(outcome: Outcome) -> str:
    """A history: its steps, its faults, what each client was shown, and what broke."""
    world = outcome.world
    plan = world.plan
    lines = [f"Seed {plan.seed}, settings {dict(plan.settings)}", "", "Clients"]
    lines += [f"  {name} of {user}, on {', '.join(wish) or 'nothing'}" for name, user, wish in plan.clients]
    lines += ["", "Steps (seconds, number)"]
    lines += [f"  {step.at:8.3f}  {step.number:<3} {step}" for step in plan.steps]
    lines += ["", "Faults"]
    lines += [f"  {fault.name}  {fault.kind}: {fault.where}" for fault in world.faults.fired]
    lines += ["", "What happened (seconds)"]
    lines += [
        f"  {moment:8.3f}  {' '.join(str(fact) for fact in facts if fact not in (None, ''))}"
        for moment, *facts in world.lines
        if not _dull(facts)
    ]
    lines += [f"           {key} failed: {problem}" for key, problem in world.problems]
    lines += ["", *(f"BROKEN {one.invariant}: {one.says}" for one in outcome.broken)]
    if not outcome.broken:
        lines.append("Every promise held.")
    return "\n".join(lines)


def _dull(facts: list[object]) -> bool:
    text = " ".join(str(fact) for fact in facts)
    return any(word in text for word in ("receipt", "ticked", "ping:", "authentication is off")) or (
        facts[0] == "ended" and facts[-1] == "NoneType"
    )
