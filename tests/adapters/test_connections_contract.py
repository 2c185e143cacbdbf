"""Connections: admission, membership, removal, the welcome's claim."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from shared.app.ports.history import Claim, Claimed
from shared.domain.audience import Audience, shard_of
from shared.domain.connection import Connection
from shared.domain.errors import ConnectionLost
from shared.domain.lease import Lease
from shared.domain.limits import RATE_MESSAGES
from shared.domain.progress import Place
from shared.domain.target import Target
from tests.adapters.worlds import SHARDS, World
from tests.fakes.catalog import Channel

NOW = 1_763_132_400.0


def connection(
    connection_id: str, *channels: Channel, user_id: str | None = None, connected_at: float = NOW
) -> Connection:
    return Connection(
        connection_id=connection_id,
        user_id=user_id,
        channels=frozenset(channels),
        connected_at=connected_at,
        shard=shard_of(connection_id, SHARDS),
    )


def heard_by(world: World, audience: Audience, *, now: float = NOW) -> set[str]:
    return {one.connection_id for one in rows_of(world, audience, now=now)}


def rows_of(world: World, audience: Audience, *, now: float = NOW) -> list[Target]:
    places = world.subscribers.places(audience)
    return [one for page in world.subscribers.pages(audience, places, now=now) for one in page.targets]


JOBS = Audience(Channel.JOBS)


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        (JOBS, {"a", "b", "c"}),
        (Audience(Channel.SKILLS), set()),
        (Audience(Channel.JOBS, "ann"), {"a", "b"}),
        (Audience(Channel.INTERVIEWS, "ann"), {"b"}),
        (Audience(Channel.JOBS, "nobody"), set()),
        (Audience(None), {"a", "b", "c", "d"}),
    ],
    ids=["channel", "empty channel", "user", "user on one device", "unknown user", "everybody"],
)
def test_an_audience_is_exactly_who_belongs_to_it(
    world: World, audience: Audience, expected: set[str]
) -> None:
    world.registry.add(connection("a", Channel.JOBS, user_id="ann"))
    world.registry.add(connection("b", Channel.JOBS, Channel.INTERVIEWS, user_id="ann"))
    world.registry.add(connection("c", Channel.JOBS, user_id="bob"))
    world.registry.add(connection("d"))
    assert heard_by(world, audience) == expected


def test_everybody_is_kept_by_interval_and_found_again_to_be_removed(world: World) -> None:
    for name, seconds in (("stage", None), ("slow", 300), ("slower", 540)):
        world.registry.add(replace(connection(name, Channel.JOBS), heartbeat_seconds=seconds))
    audiences = {one: Audience(None, heartbeat_seconds=one) for one in (None, 300, 540)}
    kept = {seconds: heard_by(world, audience) for seconds, audience in audiences.items()}
    assert kept == {None: {"stage"}, 300: {"slow"}, 540: {"slower"}}
    found = world.registry.find("slow")
    assert found is not None
    assert found.heartbeat_seconds == 300
    assert world.registry.remove("slow")
    world.registry.remove_all(rows_of(world, audiences[540]))
    left = {seconds: heard_by(world, audience) for seconds, audience in audiences.items()}
    assert left == {None: {"stage"}, 300: set(), 540: set()}
    assert heard_by(world, JOBS) == {"stage"}


def test_a_user_named_like_a_topic_of_another_user_hears_nothing_of_theirs(world: World) -> None:
    world.registry.add(connection("a", Channel.JOBS, user_id="ann"))
    world.registry.add(connection("b", Channel.JOBS, user_id="ann#0"))
    assert heard_by(world, Audience(Channel.JOBS, "ann")) == {"a"}


def test_expired_rows_are_never_seen(world: World) -> None:
    lost = connection("lost", Channel.JOBS, user_id="ann")
    world.registry.add(lost)
    later = lost.row_expires_at
    assert heard_by(world, JOBS, now=later) == set()
    assert heard_by(world, Audience(Channel.JOBS, "ann"), now=later) == set()
    assert world.subscribers.count(Channel.JOBS, now=later) == 0


def test_the_count_follows_who_comes_and_goes(world: World) -> None:
    for name in ("a", "b", "c"):
        world.registry.add(connection(name, Channel.JOBS))
    assert world.subscribers.count(Channel.JOBS, now=NOW) == 3
    world.registry.remove("b")
    assert world.subscribers.count(Channel.JOBS, now=NOW) == 2


def test_removing_a_connection_removes_its_rows_and_nobody_elses(world: World) -> None:
    world.registry.add(connection("a", Channel.JOBS, user_id="ann"))
    world.registry.add(connection("b", Channel.JOBS, user_id="ann"))
    assert world.registry.remove("a")
    assert not world.registry.remove("a")
    assert heard_by(world, Audience(None)) == {"b"}
    assert heard_by(world, JOBS) == {"b"}
    assert heard_by(world, Audience(Channel.JOBS, "ann")) == {"b"}


def join(world: World, connection_id: str, channel: Channel, *, now: float = NOW) -> bool:
    admission = world.admission.admit(connection_id, now=now, join=channel)
    return world.admission.add_to_topic(admission.connection, channel, version=admission.version)


def leave(world: World, connection_id: str, channel: Channel, *, now: float = NOW) -> None:
    admission = world.admission.admit(connection_id, now=now, leave=channel)
    world.admission.remove_from_topic(admission.connection, channel, version=admission.version)


def test_a_subscriber_joins_once_however_often_it_asks_and_leaves(world: World) -> None:
    world.registry.add(connection("a"))
    assert join(world, "a", Channel.JOBS)
    assert join(world, "a", Channel.JOBS)
    assert world.subscribers.count(Channel.JOBS, now=NOW) == 1
    leave(world, "a", Channel.JOBS)
    assert heard_by(world, JOBS) == set()
    admission = world.admission.admit("a", now=NOW)
    assert admission.connection.channels == frozenset()


def test_what_was_subscribed_at_connect_can_be_left(world: World) -> None:
    world.registry.add(connection("a", Channel.JOBS, Channel.SKILLS))
    leave(world, "a", Channel.JOBS)
    assert heard_by(world, JOBS) == set()
    assert heard_by(world, Audience(Channel.SKILLS)) == {"a"}


def admitted(world: World, now: float, **change: str) -> tuple[Connection, int]:
    admission = world.admission.admit("a", now=now, **change)
    return admission.connection, admission.version


def test_an_unsubscribe_that_overtakes_a_subscribe_wins(world: World) -> None:
    """Two messages of one connection in two functions at once: the one admitted last decides."""
    world.registry.add(connection("a"))
    subscribing, first = admitted(world, NOW, join=Channel.JOBS)
    leaving, second = admitted(world, NOW, leave=Channel.JOBS)
    world.admission.remove_from_topic(leaving, Channel.JOBS, version=second)
    assert not world.admission.add_to_topic(subscribing, Channel.JOBS, version=first)
    assert heard_by(world, JOBS) == set()


def test_a_subscribe_that_overtakes_an_unsubscribe_wins(world: World) -> None:
    world.registry.add(connection("a", Channel.JOBS))
    leaving, first = admitted(world, NOW, leave=Channel.JOBS)
    subscribing, second = admitted(world, NOW, join=Channel.JOBS)
    assert world.admission.add_to_topic(subscribing, Channel.JOBS, version=second)
    world.admission.remove_from_topic(leaving, Channel.JOBS, version=first)
    assert heard_by(world, JOBS) == {"a"}


def test_a_disconnect_that_overtakes_a_subscribe_leaves_no_row(world: World) -> None:
    world.registry.add(connection("a"))
    subscribing, version = admitted(world, NOW, join=Channel.JOBS)
    world.registry.remove("a")
    assert not world.admission.add_to_topic(subscribing, Channel.JOBS, version=version)
    assert heard_by(world, JOBS) == set()


def test_messages_beyond_the_rate_are_refused_and_change_nothing(world: World) -> None:
    world.registry.add(connection("a"))
    answers = [world.admission.admit("a", now=NOW) for _ in range(RATE_MESSAGES)]
    assert [answer.retry_after_seconds for answer in answers] == [None] * RATE_MESSAGES
    versions = [answer.version for answer in answers]
    assert versions == sorted(set(versions))
    refused = world.admission.admit("a", now=NOW, join=Channel.JOBS)
    assert refused.retry_after_seconds == 1  # 10 s for 20 messages: half a second each, in whole seconds
    assert refused.connection.channels == frozenset()
    assert world.admission.admit("a", now=NOW).strikes == refused.strikes + 1


def test_the_rate_recovers_with_time_and_so_do_the_strikes(world: World) -> None:
    world.registry.add(connection("a"))
    for _ in range(RATE_MESSAGES + 1):
        last = world.admission.admit("a", now=NOW)
    assert (last.retry_after_seconds, last.strikes) == (1, 1)
    assert world.admission.admit("a", now=NOW + 1).retry_after_seconds is None
    later = NOW + 60
    assert world.admission.admit("a", now=later).strikes == 0
    for _ in range(RATE_MESSAGES):
        last = world.admission.admit("a", now=later)
    assert last.strikes == 1


@pytest.mark.parametrize(
    "say",
    [
        lambda world: world.admission.admit("ghost", now=NOW),
        lambda world: world.admission.admit("ghost", now=NOW, join=Channel.JOBS),
    ],
    ids=["message", "subscribe"],
)
def test_a_connection_without_a_row_is_lost_and_gets_none(
    world: World, say: Callable[[World], object]
) -> None:
    with pytest.raises(ConnectionLost):
        say(world)
    assert not world.registry.remove("ghost")


def lease(until: float) -> Lease:
    """Of an invocation of its own for each moment."""
    return Lease(f"until {until}", until)


def test_one_caller_at_a_time_may_greet_and_none_after_it_was_done(world: World) -> None:
    world.registry.add(connection("a", user_id="ann"))
    claimed = world.greetings.claim("a", now=NOW, lease=lease(NOW + 60))
    assert claimed.connection is not None
    assert claimed.connection.user_id == "ann"
    again = world.greetings.claim("a", now=NOW + 1, lease=lease(NOW + 61))
    assert again == Claimed(Claim.RUNNING, lease_until=NOW + 60)
    # The first caller died: after its lease another may.
    assert world.greetings.claim("a", now=NOW + 61, lease=lease(NOW + 121)).claim is Claim.NEW
    world.greetings.done("a")
    assert world.greetings.claim("a", now=NOW + 500, lease=lease(NOW + 560)).claim is Claim.DONE


@pytest.mark.parametrize(
    ("asked", "greeted"),
    [
        ([], set()),
        (["greeted"], {"greeted"}),
        (["claimed", "untouched", "ghost"], set()),
        (["ghost", "greeted", "untouched"], {"greeted"}),
        # More than one request holds.
        ([*(f"ghost {number}" for number in range(150)), "greeted"], {"greeted"}),
    ],
    ids=["nobody", "one", "none of them", "some", "many"],
)
def test_who_was_greeted_is_known(world: World, asked: list[str], greeted: set[str]) -> None:
    for name in ("greeted", "claimed", "untouched"):
        world.registry.add(connection(name))
    for name in ("greeted", "claimed"):
        world.greetings.claim(name, now=NOW, lease=lease(NOW + 60))
    world.greetings.done("greeted")
    assert world.greetings.greeted(asked) == greeted


@pytest.mark.parametrize("greeted", [True, False])
def test_the_admission_of_a_message_tells_whether_its_connection_was_greeted(
    world: World, *, greeted: bool
) -> None:
    world.registry.add(connection("a"))
    if greeted:
        world.greetings.done("a")
    told = [world.admission.admit("a", now=NOW) for _ in range(RATE_MESSAGES + 1)]
    assert told[-1].retry_after_seconds is not None
    assert {one.greeted for one in told} == {greeted}


def test_greeting_a_connection_that_went_leaves_no_row(world: World) -> None:
    with pytest.raises(ConnectionLost):
        world.greetings.claim("gone", now=NOW, lease=lease(NOW + 60))
    world.greetings.done("gone")
    assert not world.registry.remove("gone")


def test_the_dead_are_removed_together_and_nobody_else(world: World) -> None:
    for name in ("a", "b", "c"):
        world.registry.add(connection(name, Channel.JOBS, user_id="ann"))
    world.registry.remove_all([one for one in rows_of(world, JOBS) if one.connection_id != "c"])
    for audience in (JOBS, Audience(None), Audience(Channel.JOBS, "ann")):
        assert heard_by(world, audience) == {"c"}
    assert not world.registry.remove("a")


def test_a_dead_row_goes_also_when_its_connection_no_longer_knows_of_it(world: World) -> None:
    world.registry.add(connection("a", Channel.JOBS))
    (found,) = rows_of(world, JOBS)
    world.registry.add(connection("a"))
    world.registry.remove_all([found])
    assert heard_by(world, JOBS) == set()
    assert heard_by(world, Audience(None)) == set()


def test_an_audience_is_read_on_from_any_place(world: World) -> None:
    names = [f"connection-{number:02}" for number in range(12)]
    for name in names:
        world.registry.add(connection(name, Channel.JOBS))
    found = {
        page.shard: page for page in world.subscribers.pages(JOBS, world.subscribers.places(JOBS), now=NOW)
    }
    assert sorted(found) == [place.shard for place in world.subscribers.places(JOBS)]
    page = next(page for page in found.values() if len(page.targets) > 1)
    first, *rest = (one.connection_id for one in rows_in(world, page.shard))
    place = Place(page.shard, after=first)
    again = [
        one.connection_id for more in world.subscribers.pages(JOBS, [place], now=NOW) for one in more.targets
    ]
    assert again == rest


def rows_in(world: World, shard: int) -> list[Target]:
    return [one for page in world.subscribers.pages(JOBS, [Place(shard)], now=NOW) for one in page.targets]
