"""What the sweep reads and removes, and where the tick's work is remembered."""

from dataclasses import replace

import pytest

from shared.app.ports.orphan_rows import TopicRow
from shared.domain.audience import shard_of
from shared.domain.connection import Connection
from shared.domain.errors import ConnectionLost
from shared.domain.heartbeats import OFFERED_SECONDS
from tests.adapters.worlds import SHARDS, World
from tests.fakes.catalog import Channel

NOW = 1_763_132_400.0
EXPIRED_AT = NOW + 3 * 60 * 60


def connect(world: World, name: str, *channels: Channel, user_id: str | None = None) -> Connection:
    connection = Connection(
        connection_id=name,
        user_id=user_id,
        channels=frozenset(channels),
        connected_at=NOW,
        shard=shard_of(name, SHARDS),
    )
    world.registry.add(connection)
    return connection


def walk(world: World, *, rows: int = 100) -> list[TopicRow]:
    """All rows in one round."""
    found: list[TopicRow] = []
    place: str | None = None
    for _ in range(200):
        page = world.orphan_rows.page(place, rows=rows)
        assert len(page.rows) <= rows
        assert page.units > 0
        found += page.rows
        place = page.next_place
        if place is None:
            return found
    raise AssertionError("the walk has no end")


def names(rows: list[TopicRow]) -> list[tuple[str, str]]:
    return sorted((row.topic_shard.rpartition("#")[0], row.connection_id) for row in rows)


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_a_round_names_every_row_once(world: World, rows: int) -> None:
    for number in range(5):
        connect(world, f"c{number}", Channel.JOBS, Channel.SYSTEM, user_id="u" if number else None)
    expected = [(topic, f"c{number}") for topic in ("*", "jobs", "system") for number in range(5)]
    assert names(walk(world, rows=rows)) == sorted(expected)


@pytest.mark.parametrize(("valid_until", "known"), [(None, True), (NOW, True), (NOW - 1, False)])
def test_whose_token_has_ended_is_not_known(world: World, valid_until: float | None, *, known: bool) -> None:
    connection = replace(connect(world, "a", Channel.JOBS), valid_until=valid_until)
    world.registry.add(connection)
    found = world.orphan_rows.known(["a"], ended_before=NOW).connection_ids
    assert found == ({"a"} if known else set())


@pytest.mark.parametrize("seconds", OFFERED_SECONDS)
def test_who_has_an_interval_of_its_own_is_walked_and_removed_like_the_others(
    world: World, seconds: int
) -> None:
    connection = connect(world, "a", user_id="u")
    world.registry.remove("a")
    world.registry.add(replace(connection, heartbeat_seconds=seconds))
    rows = walk(world)
    assert names(rows) == [(f"*{seconds}", "a")]
    assert list(rows[0].own_topics) == ["@user:u"]
    world.orphan_rows.remove(rows, now=connection.row_expires_at + 1)
    assert names(walk(world)) == []
    assert world.registry.find("a") is None


def test_the_row_of_an_address_goes_with_the_row_among_everybodys(world: World) -> None:
    connection = replace(connect(world, "a", user_id="u"), address="192.0.2.1")
    world.registry.add(connection)
    rows = walk(world)
    assert list(rows[0].own_topics) == ["@user:u", "@address:192.0.2.1"]
    world.orphan_rows.remove(rows, now=NOW)
    assert world.subscribers.of_address("192.0.2.1", now=NOW) == []
    assert world.subscribers.of_user("u", now=NOW) == []


def test_a_row_says_what_the_sweep_judges_by(world: World) -> None:
    connection = connect(world, "a", Channel.JOBS, user_id="u")
    everybody, channel = sorted(walk(world), key=lambda row: row.topic_shard)
    for row in (everybody, channel):
        assert (row.connected_at, row.expires_at) == (NOW, connection.row_expires_at)
    assert (list(everybody.own_topics), list(channel.own_topics)) == (["@user:u"], [])


def test_connections_without_a_row_are_not_known(world: World) -> None:
    connect(world, "a")
    connect(world, "b")
    world.registry.remove("b")
    assert world.orphan_rows.known(["a", "b", "c", "a"], ended_before=NOW).connection_ids == {"a"}
    assert world.orphan_rows.known([], ended_before=NOW).connection_ids == set()


def test_a_removed_row_takes_the_users_row_along_and_nobody_elses(world: World) -> None:
    for name in ("a", "b"):
        connect(world, name, Channel.JOBS, user_id="u")
    gone = [row for row in walk(world) if row.connection_id == "a"]
    assert world.orphan_rows.remove(gone, now=NOW) > 0
    assert names(walk(world)) == [("*", "b"), ("jobs", "b")]
    connect(world, "a", Channel.SYSTEM)  # its own row had not expired: it is still there
    assert world.orphan_rows.known(["a"], ended_before=NOW).connection_ids == {"a"}


def test_an_expired_connection_loses_its_own_row_too(world: World) -> None:
    connect(world, "a", Channel.JOBS, user_id="u")
    world.orphan_rows.remove(walk(world), now=EXPIRED_AT)
    assert walk(world) == []
    assert world.orphan_rows.known(["a"], ended_before=NOW).connection_ids == set()
    assert world.registry.remove("a") is False


def test_removing_what_is_not_there_is_no_error(world: World) -> None:
    connect(world, "a", Channel.JOBS, user_id="u")
    rows = walk(world)
    for _ in range(2):
        world.orphan_rows.remove(rows, now=EXPIRED_AT)
    assert walk(world) == []


def test_a_bookmark_keeps_its_place(world: World) -> None:
    assert world.schedule.bookmark("sweep") is None
    for place in ("12:a", None, "13:"):
        world.schedule.set_bookmark("sweep", place, now=NOW)
        world.schedule.set_bookmark("other", "x", now=NOW)
        assert world.schedule.bookmark("sweep") == place


def test_bookmarks_are_not_due(world: World) -> None:
    world.schedule.set_bookmark("sweep", "12:a", now=NOW)
    assert list(world.schedule.due(until=NOW * 2, turn=0)) == []


def test_a_connection_that_answers_is_noted_and_a_lost_one_is_not_revived(world: World) -> None:
    connect(world, "a")
    world.admission.seen("a", now=NOW + 30)
    world.registry.remove("a")
    with pytest.raises(ConnectionLost):
        world.admission.seen("a", now=NOW + 60)
    assert world.orphan_rows.known(["a"], ended_before=NOW).connection_ids == set()
