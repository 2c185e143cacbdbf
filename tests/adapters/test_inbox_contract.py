"""The inbox: items, and the one cursor of a user."""

from collections.abc import Sequence

import pytest

from shared.app.ports.inbox import Item
from shared.domain.limits import UNSEEN_COUNTED_MAX
from shared.domain.streams import user_stream
from tests.adapters.worlds import World

NOW = 1_763_132_400.0
END = 2**53


def count_items(world: World, count: int, user_id: str = "ann") -> None:
    """The head counts them; the rows are another matter."""
    for number in range(count):
        world.streams.take(
            user_stream(user_id),
            f"{user_id}-{number}",
            channel="jobs",
            now=NOW,
            keep_seconds=60,
            to_inbox=True,
        )


def item(number: int, channel: str = "jobs") -> Item:
    return Item(number, channel, f'{{"type":"x","inbox":{number}}}')


def write(world: World, numbers: Sequence[int], *, user_id: str = "ann", ends_in: float = 60) -> None:
    for number in numbers:
        world.inbox.write(user_id, item(number), expires_at=NOW + ends_in)


def test_an_inbox_that_nobody_has_used_is_empty(world: World) -> None:
    assert world.inbox.standing("ann") == (0, 0)
    assert world.inbox.see("ann", 5) == (0, 0)
    assert world.inbox.page("ann", before=END, limit=5, now=NOW) == ([], None)
    assert world.inbox.count("ann", above=0, now=NOW) == 0
    # Nothing is made by looking.
    assert world.streams.heads([user_stream("ann")]) == {}


@pytest.mark.parametrize(
    ("asked", "stands"),
    [
        ([2], [2]),
        ([2, 2], [2, 2]),
        ([2, 1], [2, 2]),
        ([1, 3], [1, 3]),
        ([9], [3]),
        ([9, 9, 3], [3, 3, 3]),
        ([0], [0]),
    ],
    ids=["forward", "twice", "never back", "on", "above the last", "above the last twice", "nothing"],
)
def test_the_cursor_goes_forward_to_the_newest_item_at_most(
    world: World, asked: list[int], stands: list[int]
) -> None:
    count_items(world, 3)
    assert [world.inbox.see("ann", number) for number in asked] == [(3, seen) for seen in stands]
    assert world.inbox.standing("ann") == (3, stands[-1])
    assert world.inbox.standing("bob") == (0, 0)


def test_what_counts_on_goes_on_from_the_cursor(world: World) -> None:
    count_items(world, 2)
    world.inbox.see("ann", 2)
    head = world.streams.take(
        user_stream("ann"), "later", channel="jobs", now=NOW, keep_seconds=60, to_inbox=True
    )
    assert (head.inbox, head.seen) == (3, 2)


def test_pages_are_newest_first_and_lead_on(world: World) -> None:
    write(world, [1, 2, 3, 5, 6])
    write(world, [7], user_id="bob")
    first, after = world.inbox.page("ann", before=END, limit=3, now=NOW)
    assert [one.number for one in first] == [6, 5, 3]
    assert first[0] == item(6)
    assert after == 3
    rest, after = world.inbox.page("ann", before=3, limit=3, now=NOW)
    assert ([one.number for one in rest], after) == ([2, 1], None)


def test_expired_items_are_neither_shown_nor_counted(world: World) -> None:
    write(world, [1, 3], ends_in=60)
    write(world, [2, 4], ends_in=0)
    found, _ = world.inbox.page("ann", before=END, limit=9, now=NOW)
    assert [one.number for one in found] == [3, 1]
    assert world.inbox.count("ann", above=0, now=NOW) == 2
    assert world.inbox.count("ann", above=0, now=NOW + 60) == 0
    # Also when they are all of a page.
    assert world.inbox.page("ann", before=END, limit=1, now=NOW) == ([], 4)


def test_items_above_a_number_are_counted_up_to_a_limit(world: World) -> None:
    write(world, range(1, 6))
    assert [world.inbox.count("ann", above=above, now=NOW) for above in (0, 3, 5, 9)] == [5, 2, 0, 0]
    write(world, range(6, UNSEEN_COUNTED_MAX + 3))
    assert world.inbox.count("ann", above=0, now=NOW) == UNSEEN_COUNTED_MAX


def test_the_same_item_twice_is_one(world: World) -> None:
    write(world, [1, 1])
    assert world.inbox.count("ann", above=0, now=NOW) == 1


@pytest.mark.parametrize("other", ["ann#1", "ann#", "an", "Ann", "inbox#ann"])
def test_users_whose_names_are_alike_have_inboxes_of_their_own(world: World, other: str) -> None:
    write(world, [1, 2])
    assert world.inbox.count(other, above=0, now=NOW) == 0
    count_items(world, 2)
    assert world.inbox.see(other, 2) == (0, 0)
    assert world.inbox.standing("ann") == (2, 0)
