"""The schedule: what is planned, moved, dropped, due."""

from dataclasses import replace
from itertools import count

import pytest

from shared.app.ports.schedule import ChangeResult
from shared.domain.deliveries import Scheduled
from shared.domain.schedule import Cancelled, Planned
from tests.adapters.worlds import World

NOW = 1_763_132_400
told_by = (f"event-{number}" for number in count())


def planned(
    key: str = "k", *, due_in: int = 0, revision: int = 1, message: str = "m", event: str | None = None
) -> Planned:
    return Planned(
        key=key,
        due_at=NOW + due_in,
        revision=revision,
        told_by=event or next(told_by),
        event_id=f"{key}@{due_in}",
        event_type="system.notification",
        data={
            "message": message,
            "severity": "info",
            "action_required": False,
            "weights": [1.5, {"a": None}],
        },
        user_id="user-1",
        counts_down_to=NOW + due_in + 900.25,
    )


def cancelled(key: str = "k", *, revision: int = 1, unless_due_in: int | None = None) -> Cancelled:
    unless = None if unless_due_in is None else NOW + unless_due_in
    return Cancelled(key=key, revision=revision, told_by=next(told_by), unless_due_at=unless)


def due(world: World, *, until: int = NOW) -> list[tuple[str, int]]:
    pages = world.schedule.due(until=until, turn=0)
    return sorted((one.schedule_key, one.due_at - NOW) for page in pages for one in page)


def test_what_is_due_is_named_and_what_is_later_is_not(world: World) -> None:
    for number in range(12):
        assert world.schedule.tell(planned(f"k{number}", due_in=number - 6)) is ChangeResult.CHANGED
    assert due(world) == sorted((f"k{number}", number - 6) for number in range(7))


@pytest.mark.parametrize("turn", [0, 5, 29_385_540])
def test_whoever_begins_every_page_comes_once(world: World, turn: int) -> None:
    keys = {f"k{number}" for number in range(230)}
    for key in keys:
        world.schedule.tell(planned(key))
    found = [one.schedule_key for page in world.schedule.due(until=NOW, turn=turn) for one in page]
    assert len(found) == len(keys)
    assert set(found) == keys


def test_a_plan_comes_back_as_it_was_told(world: World) -> None:
    plan = planned()
    world.schedule.tell(plan)
    assert world.schedule.current(plan.due) == plan
    plain = replace(planned("plain"), user_id=None, counts_down_to=None, data={})
    world.schedule.tell(plain)
    assert world.schedule.current(plain.due) == plain


def test_moving_replaces_the_moment(world: World) -> None:
    old = planned(due_in=-10, revision=1)
    world.schedule.tell(old)
    assert world.schedule.tell(planned(due_in=50, revision=2)) is ChangeResult.CHANGED
    assert due(world) == []
    assert due(world, until=NOW + 60) == [("k", 50)]
    assert world.schedule.current(old.due) is None


@pytest.mark.parametrize("newer", [planned(due_in=50, revision=5), cancelled(revision=5)])
@pytest.mark.parametrize("older", [planned(due_in=-10, revision=4), cancelled(revision=4)])
def test_an_older_event_that_comes_late_changes_nothing(
    world: World, newer: Planned | Cancelled, older: Planned | Cancelled
) -> None:
    assert world.schedule.tell(newer) is ChangeResult.CHANGED
    assert world.schedule.tell(older) is ChangeResult.OUTDATED
    assert due(world, until=NOW + 60) == ([("k", 50)] if isinstance(newer, Planned) else [])


def test_an_event_that_comes_twice_counts_once(world: World) -> None:
    plan = planned(due_in=10)
    world.schedule.tell(plan)
    world.schedule.handed_over([plan.due])
    assert world.schedule.tell(plan) is ChangeResult.UNCHANGED
    assert due(world, until=NOW + 60) == []


def test_of_two_events_of_one_moment_the_last_to_arrive_counts_and_repeats_do_not(world: World) -> None:
    first, second = planned(due_in=10), planned(due_in=20)
    answers = [world.schedule.tell(change) for change in (first, second, first, second)]
    assert answers == [
        ChangeResult.CHANGED,
        ChangeResult.CHANGED,
        ChangeResult.UNCHANGED,
        ChangeResult.UNCHANGED,
    ]
    assert due(world, until=NOW + 60) == [("k", 20)]
    third = cancelled()
    answers = [world.schedule.tell(change) for change in (third, first, second)]
    assert answers == [ChangeResult.CHANGED, ChangeResult.UNCHANGED, ChangeResult.UNCHANGED]
    assert due(world, until=NOW + 60) == []


def test_a_newer_event_forgets_who_told_of_the_older_moment(world: World) -> None:
    world.schedule.tell(planned(due_in=10, revision=1, event="same-id"))
    assert world.schedule.tell(planned(due_in=20, revision=2, event="same-id")) is ChangeResult.CHANGED
    assert due(world, until=NOW + 60) == [("k", 20)]


def test_a_cancelled_message_is_neither_due_nor_current(world: World) -> None:
    plan = planned(revision=1)
    world.schedule.tell(plan)
    assert world.schedule.tell(cancelled(revision=2)) is ChangeResult.CHANGED
    assert due(world) == []
    assert world.schedule.current(plan.due) is None


@pytest.mark.parametrize("revision", [1, 2])
def test_a_plan_for_just_that_moment_is_kept_but_older_events_no_longer_move_it(
    world: World, revision: int
) -> None:
    late = planned(due_in=-10, revision=1)
    world.schedule.tell(late)
    assert world.schedule.tell(cancelled(revision=revision, unless_due_in=-10)) is ChangeResult.UNCHANGED
    assert due(world) == [("k", -10)]
    current = world.schedule.current(late.due)
    assert current is not None
    assert current.data == late.data
    if revision > 1:
        assert world.schedule.tell(planned(due_in=99, revision=1)) is ChangeResult.OUTDATED


@pytest.mark.parametrize("due_in", [None, 40])
def test_a_plan_for_another_moment_or_none_is_dropped(world: World, due_in: int | None) -> None:
    if due_in is not None:
        world.schedule.tell(planned(due_in=due_in, revision=1))
    assert world.schedule.tell(cancelled(revision=2, unless_due_in=-10)) is ChangeResult.CHANGED
    assert due(world, until=NOW + 60) == []
    assert world.schedule.tell(planned(due_in=40, revision=1)) is ChangeResult.OUTDATED


def test_what_the_queue_has_is_no_longer_due_but_still_current(world: World) -> None:
    plans = [planned(f"k{number}") for number in range(25)]
    for plan in plans:
        world.schedule.tell(plan)
    world.schedule.handed_over([plan.due for plan in plans])
    assert due(world) == []
    assert [world.schedule.current(plan.due) for plan in plans] == plans


def test_handing_over_an_old_moment_leaves_the_moved_one_due(world: World) -> None:
    old = planned(due_in=-10, revision=1)
    world.schedule.tell(old)
    world.schedule.tell(planned(due_in=-5, revision=2))
    world.schedule.handed_over([old.due])
    assert due(world) == [("k", -5)]


def test_handing_over_what_was_cancelled_or_never_planned_brings_nothing_back(world: World) -> None:
    plan = planned()
    world.schedule.tell(plan)
    world.schedule.tell(cancelled(revision=2))
    world.schedule.handed_over([plan.due, Scheduled(schedule_key="unknown", due_at=NOW)])
    assert world.schedule.current(plan.due) is None
    assert world.schedule.current(Scheduled(schedule_key="unknown", due_at=NOW)) is None


def test_what_was_handed_over_and_then_moved_is_due_again(world: World) -> None:
    plan = planned(due_in=-10, revision=1)
    world.schedule.tell(plan)
    world.schedule.handed_over([plan.due])
    world.schedule.tell(planned(due_in=-5, revision=2))
    assert due(world) == [("k", -5)]
