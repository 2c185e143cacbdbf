"""What the simulation takes for granted about the deployment is what the template says."""

import pytest

from infra.config import FunctionName
from infra.parts.bus import PUBLISH_PATTERN, schedule_pattern
from infra.parts.functions import FUNCTIONS
from infra.parts.queues import VISIBILITY_PER_TIMEOUT
from infra.stages import STAGES
from shared.app import sweep
from shared.domain.audience import EVERYBODY_TOPICS
from shared.domain.limits import YOUNG_SECONDS
from simulation.course import PAGES_PER_TICK, TOPICS
from simulation.invariants.connections import WELCOME_WITHIN_SECONDS
from simulation.lambdas import TIMEOUT_SECONDS
from simulation.sources import targets_of
from simulation.storage import RECEIVES_AT_MOST, VISIBILITY_SECONDS
from tests.fakes.catalog import CATALOG, CATALOGUE


def test_functions_are_killed_when_the_template_says() -> None:
    assert {name: spec.timeout_seconds for name, spec in FUNCTIONS.items()} == TIMEOUT_SECONDS


def test_messages_come_back_and_are_given_up_as_the_template_says() -> None:
    assert VISIBILITY_PER_TIMEOUT * FUNCTIONS[FunctionName.PUBLISHER].timeout_seconds == VISIBILITY_SECONDS
    assert {stage.delivery_attempts for stage in STAGES.values()} == {RECEIVES_AT_MOST}


def test_the_welcome_has_as_long_to_be_the_first_as_the_code_waits_for_it() -> None:
    assert WELCOME_WITHIN_SECONDS == YOUNG_SECONDS


def test_the_sweep_walks_as_far_as_the_simulation_waits_for() -> None:
    assert (len(EVERYBODY_TOPICS) + len(CATALOGUE.channels), sweep.PAGES_PER_TICK) == (TOPICS, PAGES_PER_TICK)


@pytest.mark.parametrize("later", [False, True], ids=["now", "later"])
@pytest.mark.parametrize("type_", sorted(CATALOG))
def test_the_bus_hands_events_to_whom_the_rules_do(type_: str, later: bool) -> None:  # noqa: FBT001  a parameter
    detail = {"data": {}, **({"deliver_at": "2025-11-15T13:45:00Z"} if later else {})}
    event = {"source": "jobs.backend", "detail-type": type_, "detail": detail}
    rules = {"publisher": PUBLISH_PATTERN, "scheduler": schedule_pattern(CATALOGUE)}
    assert targets_of(event) == [name for name, pattern in rules.items() if matches(pattern, event)]


def matches(pattern: object, event: object) -> bool:
    """EventBridge's patterns, as far as the rules use them."""
    if isinstance(pattern, dict):
        return all(
            any(matches(one, event) for one in wanted)
            if name == "$or"
            else matches(wanted, event.get(name) if isinstance(event, dict) else None)
            for name, wanted in pattern.items()
        )
    if not isinstance(pattern, list):
        raise TypeError(f"not a pattern: {pattern!r}")
    return any(_matches_value(one, event) for one in pattern)


def _matches_value(wanted: object, value: object) -> bool:
    if not isinstance(wanted, dict):
        return wanted == value
    if "anything-but" in wanted:
        return value not in wanted["anything-but"]
    if "exists" in wanted:
        return (value is not None) is wanted["exists"]
    return isinstance(value, str) and value.startswith(wanted["prefix"])
