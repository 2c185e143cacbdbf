"""`make simulate SEEDS=10000`: run histories until one breaks a promise, and show the shortest that does."""

import argparse
import gc
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from simulation.code import Version
from simulation.history import run, shortened
from simulation.invariants import DAY_AFTER, QUIET, RETURNED
from simulation.plan import Plan, plan_of
from simulation.profiles import PROFILES, Profile
from simulation.report import coverage_table, told, verdicts_line
from simulation.versions import folder_of

CHUNK = 50
_PROGRESS_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Task:
    profile: str
    roots: tuple[Path, ...]
    """The folders of the code's versions; none: this one's."""
    seeds: tuple[int, ...]
    judged: frozenset[str]


@dataclass(slots=True)
class Found:
    histories: int = 0
    failures: list[tuple[int, str, str]] = field(default_factory=list)
    """(seed, invariant, what it says)."""
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    """What clients that follow the streams were told."""
    digests: list[str] = field(default_factory=list)

    def add(self, other: "Found") -> None:
        self.histories += other.histories
        self.failures += other.failures
        self.seen += other.seen
        self.verdicts += other.verdicts
        self.digests += other.digests


def main() -> int:
    asked = _arguments()
    profile = PROFILES[asked.profile]
    judged = _judged(profile, asked.invariant)
    roots = tuple(folder_of(one) for one in asked.version)
    if asked.steps is not None or asked.faults is not None:
        return _replay(asked, profile, roots, judged)
    found, seconds = _run_all(asked, roots, judged)
    print(coverage_table(found.seen))
    print(verdicts_line(found.verdicts))
    print(
        f"{found.histories} histories in {seconds:.1f} s, "
        f"{found.histories / max(seconds, 0.001):.0f} a second; profile {profile.name}: {profile.says}"
    )
    if asked.digests:
        print("\n".join(found.digests))
    if asked.survey:
        _survey(found)
        return 0
    if not found.failures:
        print("Every promise held.")
        return 0
    seed, invariant, says = min(found.failures)
    print(f"\nSeed {seed} breaks `{invariant}`: {says}\nMaking it shorter …")
    versions = _versions(roots)
    plan = shortened(plan_of(seed, profile), versions, invariant)
    _show(plan, roots, invariant)
    return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many histories (default 1000)")
    parser.add_argument("--start", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--seconds", type=float, default=0.0, help="begin none after so many seconds")
    parser.add_argument("--profile", choices=sorted(PROFILES), default="all")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default 1)")
    parser.add_argument("--invariant", action="append", default=[], help="judge only this one (repeatable)")
    parser.add_argument(
        "--version",
        action="append",
        default=[],
        help="whose code: a commit or a folder; twice: both, side by side",
    )
    parser.add_argument("--survey", action="store_true", help="go on after failures, and count them")
    parser.add_argument("--digests", action="store_true", help="print each history's digest")
    parser.add_argument("--steps", help="replay one seed (--start) with these steps only: 0,3,4")
    parser.add_argument("--faults", help="replay one seed (--start) with these faults only")
    return parser.parse_args()


def _judged(profile: Profile, only: list[str]) -> frozenset[str]:
    known = frozenset((*QUIET, *RETURNED, *DAY_AFTER))
    unknown = set(only) - known
    if unknown:
        sys.exit(f"No such invariant: {', '.join(sorted(unknown))}. There are: {', '.join(sorted(known))}.")
    return frozenset(only) or known - profile.not_judged


def _run_all(
    asked: argparse.Namespace, roots: tuple[Path, ...], judged: frozenset[str]
) -> tuple[Found, float]:
    began = time.perf_counter()
    shown_at = began
    found = Found()
    seeds = range(asked.start, asked.start + asked.seeds)
    tasks = (
        Task(asked.profile, roots, tuple(seeds[at : at + CHUNK]), judged)
        for at in range(0, len(seeds), CHUNK)
    )
    for part in _carried_out(tasks, asked.jobs):
        found.add(part)
        now = time.perf_counter()
        if now - shown_at >= _PROGRESS_SECONDS:
            shown_at = now
            rate = found.histories / (now - began)
            print(
                f"  {found.histories} histories, {rate:.0f} a second, {len(found.failures)} broken promises",
                flush=True,
            )
        if (found.failures and not asked.survey) or 0 < asked.seconds <= now - began:
            break
    return found, time.perf_counter() - began


def _carried_out(tasks: Iterator[Task], jobs: int) -> Iterator[Found]:
    if jobs == 1:
        yield from map(carry_out, tasks)
        return
    with ProcessPoolExecutor(jobs) as pool:
        waiting = [pool.submit(carry_out, task) for _, task in zip(range(2 * jobs), tasks, strict=False)]
        while waiting:
            yield waiting.pop(0).result()
            following = next(tasks, None)
            if following is not None:
                waiting.append(pool.submit(carry_out, following))


def carry_out(task: Task) -> Found:
    versions = _versions(task.roots)
    profile = PROFILES[task.profile]
    found = Found()
    # What a history leaves behind goes with it: the collector would look through all modules each time.
    gc.disable()
    for seed in task.seeds:
        outcome = run(plan_of(seed, profile), versions, task.judged)
        found.histories += 1
        found.seen += outcome.world.faults.seen
        for client in outcome.world.clients.values():
            found.verdicts += client.following.verdicts if client.following else Counter()
        found.digests.append(f"{seed} {outcome.world.digest()}")
        broken = {one.invariant: one.says for one in reversed(outcome.broken)}
        found.failures += [(seed, name, says) for name, says in broken.items()]
    gc.collect()
    return found


@lru_cache
def _versions(roots: tuple[Path, ...]) -> tuple[Version, ...]:
    versions = tuple(Version(root) for root in roots) or (Version(),)
    gc.collect()
    gc.freeze()
    return versions


def _replay(
    asked: argparse.Namespace, profile: Profile, roots: tuple[Path, ...], judged: frozenset[str]
) -> int:
    plan = plan_of(asked.start, profile)
    if asked.steps is not None:
        plan = plan.with_steps(frozenset(int(one) for one in asked.steps.split(",") if one))
    if asked.faults is not None:
        plan = plan.with_faults(frozenset(one for one in asked.faults.split(",") if one))
    outcome = run(plan, _versions(roots), judged)
    print(told(outcome))
    return 1 if outcome.broken else 0


def _show(plan: Plan, roots: tuple[Path, ...], invariant: str) -> None:
    outcome = run(plan, _versions(roots), frozenset({invariant}))
    print(told(outcome))
    steps = ",".join(str(step.number) for step in plan.steps)
    faults = ",".join(sorted(plan.kept_faults or ()))
    versions = "".join(f" --version {root}" for root in roots)
    print(
        f"\nReplay it:\n  .venv/bin/python -m simulation --profile {plan.profile} --start {plan.seed} "
        f"--steps {steps} --faults '{faults}' --invariant {invariant}{versions}"
    )


def _survey(found: Found) -> None:
    counts = Counter(invariant for _, invariant, _ in found.failures)
    print(f"\n{'promise':<36}{'broken in':>10}  first by")
    for invariant, count in counts.most_common():
        seed, _, says = min(one for one in found.failures if one[1] == invariant)
        print(f"{invariant:<36}{count:>10}  seed {seed}: {says}")


if __name__ == "__main__":
    sys.exit(main())
