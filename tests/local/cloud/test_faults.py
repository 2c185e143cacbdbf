from typing import Any

import pytest

from local.cloud.faults import Fault, FaultRule, Faults, rule_of


def struck(seed: int, **rule: Any) -> list[bool]:
    faults = Faults()
    faults.replace([FaultRule(fault=Fault.BUS_DUPLICATE, **rule)], seed=seed)
    return [faults.strikes(Fault.BUS_DUPLICATE, "publisher") is not None for _ in range(40)]


def test_the_same_seed_gives_the_same_faults_twice_and_another_seed_others() -> None:
    assert struck(1, share=0.5) == struck(1, share=0.5)
    assert struck(1, share=0.5) != struck(2, share=0.5)


def test_a_rule_strikes_at_most_as_often_as_it_says() -> None:
    assert sum(struck(1, times=3)) == 3


@pytest.mark.parametrize(("name", "strikes"), [("publisher", True), ("connect", False)])
def test_a_rule_may_be_limited_to_one_name(name: str, strikes: bool) -> None:  # noqa: FBT001 - a table's column
    assert struck(1, name=name)[0] is strikes


def test_a_batch_is_shuffled_with_nothing_lost() -> None:
    faults = Faults()
    faults.replace([FaultRule(fault=Fault.QUEUE_REORDER)], seed=3)
    shuffled = faults.reordered(Fault.QUEUE_REORDER, "jobs", range(10))
    assert shuffled != list(range(10))
    assert sorted(shuffled) == list(range(10))


def test_a_function_is_killed_at_the_moment_the_rule_says() -> None:
    faults = Faults()
    faults.replace([FaultRule(fault=Fault.FUNCTION_KILL, seconds=0.25, name="publisher")], seed=0)
    assert faults.kill_after_seconds("publisher") == 0.25
    assert faults.kill_after_seconds("connect") is None


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"fault": "gremlins"}, "fault must be one of bus-duplicate"),
        ({"fault": "bus-delay", "often": 1}, "unknown fields"),
        ({"fault": "bus-delay", "share": 2}, "share must be between 0 and 1"),
        ({"fault": "bus-delay", "seconds": -1}, "must not be negative"),
    ],
)
def test_a_rule_that_could_not_strike_as_meant_is_refused(asked: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        rule_of(asked)
