"""A few hundred histories in every test run; `make simulate` runs as many as one likes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulation.code import Version
from simulation.history import Outcome, run, shortened
from simulation.invariants import DAY_AFTER, QUIET, RETURNED
from simulation.plan import Plan, plan_of
from simulation.profiles import PROFILES
from simulation.report import told

ROOT = Path(__file__).parent.parent.parent
ALL = frozenset((*QUIET, *RETURNED, *DAY_AFTER))


@pytest.fixture(scope="module")
def version() -> Version:
    return Version()


@pytest.mark.parametrize("start", range(0, 300, 100))
def test_what_is_promised_holds_in_every_history(version: Version, start: int) -> None:
    profile = PROFILES["sound"]
    for seed in range(start, start + 100):
        plan = plan_of(seed, profile)
        broken = run(plan, [version], ALL - profile.not_judged).broken
        if broken:
            shorter = shortened(plan, [version], broken[0].invariant)
            pytest.fail(told(run(shorter, [version], ALL - profile.not_judged)))


def test_without_a_fault_and_without_haste_everything_holds(version: Version) -> None:
    """The gentlest histories break nothing at all: the invariants ask for no more than is promised."""
    profile = PROFILES["calm"]
    for seed in range(40):
        outcome = run(plan_of(seed, profile), [version], ALL - profile.not_judged)
        assert not outcome.broken, told(outcome)


def test_two_versions_work_side_by_side_during_a_deployment(version: Version) -> None:
    other = Version()
    profile = PROFILES["sound"]
    started: set[Version] = set()
    for seed in range(40):
        outcome = run(plan_of(seed, profile), [other, version], ALL - profile.not_judged)
        assert not outcome.broken, told(outcome)
        started |= outcome.world.started
    assert started == {other, version}


def test_a_promise_that_is_broken_is_seen_and_the_history_is_made_shorter(version: Version) -> None:
    """A world that loses whatever lies in the delivery queue for the first time: no welcome arrives."""
    plan = plan_of(3, PROFILES["calm"])
    whole = _without_a_queue(version)
    outcome = run(plan, [whole], frozenset({"welcome-arrives"}))
    assert {one.invariant for one in outcome.broken} == {"welcome-arrives"}
    shorter = shortened(plan, [whole], "welcome-arrives")
    assert [step.kind for step in shorter.steps] == ["connect"]


def test_the_same_seed_gives_the_same_history_in_every_process() -> None:
    digests = [_digests(hash_seed) for hash_seed in ("0", "12345")]
    assert digests[0] == digests[1]
    assert len(set(digests[0])) == 20


def test_taking_a_step_away_leaves_the_luck_of_the_others_as_it_was(version: Version) -> None:
    plan = plan_of(11, PROFILES["all"])
    fewer = plan.with_steps(frozenset(step.number for step in plan.steps[:-1]))
    names = [{fault.name for fault in _run(one, version).world.faults.fired} for one in (plan, fewer)]
    assert names[1] - names[0] == set()


def _run(plan: Plan, version: Version) -> Outcome:
    return run(plan, [version], ALL)


def _without_a_queue(version: Version) -> Version:
    """The same code, with a queue adapter that forgets what it is given."""
    broken = Version(version.root)
    queue = broken.modules["shared.aws.queue"].SqsQueue
    queue.put = lambda *_given, **_more: None
    return broken


def _digests(hash_seed: str) -> list[str]:
    command = [sys.executable, "-m", "simulation", "--seeds", "20", "--survey", "--digests"]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    printed = subprocess.run(  # noqa: S603  our own module
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    ).stdout
    return [line for line in printed.splitlines() if line[:1].isdigit() and len(line.split()) == 2]
