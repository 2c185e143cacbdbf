"""What is kept of a user is removed, and nobody else's."""

import pytest

from shared.app.ports.inbox import Item
from shared.app.ports.user_rows import Kept
from shared.domain.schedule import Cancelled, Planned
from shared.domain.streams import LogRow, user_stream
from tests.adapters.worlds import World

NOW = 1_763_132_400


def plan(world: World, key: str, user_id: str | None) -> Planned:
    planned = Planned(
        key=key,
        due_at=NOW + 60,
        revision=1,
        told_by="e",
        event_id=key,
        event_type="job.created",
        data={"text": "x" * 500},
        user_id=user_id,
    )
    world.schedule.tell(planned)
    return planned


def remove_all(world: World, kept: Kept, user_id: str) -> int:
    total, (removed, after) = 0, world.user_rows.remove(kept, user_id, after=None)
    while after is not None:
        total += removed
        removed, after = world.user_rows.remove(kept, user_id, after=after)
    return total + removed


def test_the_plans_of_a_user_are_found_without_their_keys(world: World) -> None:
    hers = [plan(world, f"a{number}", "ann") for number in range(130)]
    others = [plan(world, "b", "bob"), plan(world, "c", None), plan(world, "d", "ann#1")]
    world.schedule.tell(Cancelled(key="e", revision=1, told_by="e"))

    assert remove_all(world, "plans", "ann") == 130
    assert [world.schedule.current(one.due) for one in hers] == [None] * 130
    assert [world.schedule.current(one.due) for one in others] == others
    assert remove_all(world, "plans", "ann") == 0


def test_a_plan_that_was_removed_is_not_due_any_more(world: World) -> None:
    plan(world, "a", "ann")
    remove_all(world, "plans", "ann")
    assert list(world.schedule.due(until=NOW + 100, turn=0)) == []
    plan(world, "a", "ann")
    assert [due.schedule_key for page in world.schedule.due(until=NOW + 100, turn=0) for due in page] == ["a"]


@pytest.mark.parametrize("user_id", ["ann", "ünï#code"])
def test_the_tickets_of_a_user_are_removed(world: World, user_id: str) -> None:
    for _ in range(3):
        world.issue(user_id)
    world.issue("bob")
    assert remove_all(world, "tickets", user_id) == 3
    assert remove_all(world, "tickets", "bob") == 1


def test_a_stream_and_an_inbox_go_whole_and_nobody_elses(world: World) -> None:
    for user_id in ("ann", "bob", "ann#1"):
        for number in range(1, 131 if user_id == "ann" else 2):
            head = world.streams.take(
                user_stream(user_id), f"e{number}", channel="jobs", now=NOW, keep_seconds=60, to_inbox=True
            )
            row = LogRow(
                offset=head.offset,
                epoch=head.epoch,
                event_id=f"e{number}",
                channel="jobs",
                envelope="{}",
                taken_at=head.taken_at,
                expires_at=NOW + 60,
            )
            world.streams.write(user_stream(user_id), row)
            world.inbox.write(user_id, Item(head.inbox, "jobs", "{}"), expires_at=NOW + 60)

    assert remove_all(world, "events", "ann") == 131
    assert remove_all(world, "items", "ann") == 130
    assert list(world.streams.heads([user_stream(one) for one in ("ann", "bob", "ann#1")])) != []
    assert user_stream("ann") not in world.streams.heads([user_stream("ann")])
    assert world.streams.read_back(user_stream("ann"), before=999, limit=5) == []
    assert world.inbox.count("ann", above=0, now=NOW) == 0
    for user_id in ("bob", "ann#1"):
        assert world.inbox.standing(user_id) == (1, 0)
        assert len(world.streams.read_back(user_stream(user_id), before=999, limit=5)) == 1
        assert world.inbox.count(user_id, above=0, now=NOW) == 1
