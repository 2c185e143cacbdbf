"""The schedule: what is planned, moved, dropped, due."""

import pytest

from shared.domain.schedule import Cancelled, Planned
from tests.adapters.worlds import World

NOW = 1_763_132_400


def planned(key: str = "k", *, due_in: int = 0, revision: int = 1) -> Planned:
    return Planned(
        key=key,
        due_at=NOW + due_in,
        revision=revision,
        event_id=f"{key}@{due_in}",
        event_type="system.notification",
        data={"message": "m", "severity": "info", "action_required": False},
    )


def due(world: World, *, until: int = NOW) -> list[tuple[str, int]]:
    return sorted((one.key, one.due_at - NOW) for one in world.schedule.due(until=until))


def test_what_is_due_is_named_and_what_is_later_is_not(world: World) -> None:
    keys = [f"k{number}" for number in range(12)]
    for number, key in enumerate(keys):
        assert world.schedule.plan(planned(key, due_in=number - 6))
    assert due(world) == sorted((f"k{number}", number - 6) for number in range(7))


def test_moving_replaces_the_moment(world: World) -> None:
    world.schedule.plan(planned(due_in=-10, revision=1))
    assert world.schedule.plan(planned(due_in=50, revision=2))
    assert due(world) == []
    assert due(world, until=NOW + 60) == [("k", 50)]


@pytest.mark.parametrize("newer", [planned(due_in=50, revision=5), Cancelled(key="k", revision=5)])
@pytest.mark.parametrize("older", [planned(due_in=-10, revision=4), Cancelled(key="k", revision=4)])
def test_an_older_event_that_comes_late_changes_nothing(
    world: World, newer: Planned | Cancelled, older: Planned | Cancelled
) -> None:
    for change, changes in ((newer, True), (older, False)):
        tell = world.schedule.plan(change) if isinstance(change, Planned) else world.schedule.cancel(change)
        assert tell is changes
    assert due(world, until=NOW + 60) == ([("k", 50)] if isinstance(newer, Planned) else [])


def test_a_cancelled_message_is_neither_due_nor_current(world: World) -> None:
    world.schedule.plan(planned(revision=1))
    assert world.schedule.cancel(Cancelled(key="k", revision=2))
    assert due(world) == []
    assert world.schedule.current("k", revision=1) is None
    assert world.schedule.current("k", revision=2) is None


def test_what_the_queue_has_is_no_longer_due_but_still_current(world: World) -> None:
    plan = planned()
    world.schedule.plan(plan)
    world.schedule.handed_over(plan)
    assert due(world) == []
    assert world.schedule.current("k", revision=1) == plan


def test_handing_over_an_old_moment_leaves_the_moved_one_due(world: World) -> None:
    old = planned(due_in=-10, revision=1)
    world.schedule.plan(old)
    world.schedule.plan(planned(due_in=-5, revision=2))
    world.schedule.handed_over(old)
    assert due(world) == [("k", -5)]
    assert world.schedule.current("k", revision=1) is None


def test_handing_over_what_was_cancelled_brings_nothing_back(world: World) -> None:
    plan = planned()
    world.schedule.plan(plan)
    world.schedule.cancel(Cancelled(key="k", revision=2))
    world.schedule.handed_over(plan)
    assert world.schedule.current("k", revision=2) is None
