"""The minute's tick: late, missed, twice at once, or dying half way."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from shared.domain.audience import shard_of
from shared.domain.deliveries import Scheduled
from shared.domain.heartbeats import OFFERED_SECONDS
from tests.fakes.catalog import Channel
from tests.fakes.timeline import Timeline

DAY, HOUR, MINUTE = 86_400, 3600, 60
NOTICE = "system.notification"


@pytest.fixture
def timeline() -> Timeline:
    timeline = Timeline()
    timeline.system.online("a", Channel.SYSTEM)
    return timeline


def plan(timeline: Timeline, *dues: float) -> None:
    for due in dues:
        timeline.tell(NOTICE, data={"message": f"at {due}"}, deliver_at=timeline.at(due))


def sent(timeline: Timeline) -> list[tuple[float, str]]:
    return [(at, data["message"]) for at, data in timeline.messages_at("a", NOTICE)]


def pings(timeline: Timeline) -> list[float]:
    return [at for at, _ in timeline.messages_at("a", "system.ping")]


def test_what_is_planned_arrives_on_its_second(timeline: Timeline) -> None:
    dues = [200, 239, 240, 241, 299, 300, 1000]
    plan(timeline, *dues)
    timeline.run(1200)
    assert sent(timeline) == [(due, f"at {due}") for due in dues]


def test_a_ping_comes_each_interval(timeline: Timeline) -> None:
    timeline.run(600)
    assert pings(timeline) == list(range(0, 601, 30))


def test_two_ticks_at_once_send_each_thing_once(timeline: Timeline) -> None:
    plan(timeline, 200)
    timeline.run(60)
    for _ in range(2):
        timeline.tick()
    timeline.run(600)
    assert sent(timeline) == [(200, "at 200")]
    assert pings(timeline) == list(range(0, 601, 30))


def test_a_tick_that_reads_while_another_marks_sends_nothing_twice(
    timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(timeline, 200)
    timeline.run(60, ticking=False)
    schedule = timeline.system.schedule
    seen = list(schedule.due(until=timeline.start + 210, turn=0))
    timeline.tick()
    monkeypatch.setattr(schedule, "due", lambda **_: iter(seen))
    timeline.tick()
    monkeypatch.undo()
    timeline.run(600)
    assert sent(timeline) == [(200, "at 200")]


def test_one_tick_may_be_missing(timeline: Timeline) -> None:
    plan(timeline, 170, 190, 260)
    timeline.run(120)
    timeline.run(179, ticking=False)  # none at 120
    timeline.run(400)
    assert sent(timeline) == [(170, "at 170"), (190, "at 190"), (260, "at 260")]
    assert pings(timeline) == list(range(0, 401, 30))


def test_after_a_missed_hour_everything_overdue_goes_out_at_once_and_no_old_pings(timeline: Timeline) -> None:
    timeline.run(60)
    before = len(pings(timeline))
    timeline.run(61, ticking=False)
    plan(timeline, 600, 1200, 4000)
    timeline.run(3660, ticking=False)
    timeline.run(3700)
    assert sent(timeline) == [(3660, "at 600"), (3660, "at 1200")]
    assert [at for at in pings(timeline)[before:] if at > 300] == [3660, 3690]


def test_a_tick_that_dies_between_queueing_and_marking_is_made_good_by_the_next(
    timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crash(Exception):
        pass

    def crash(_handed: Sequence[Scheduled]) -> None:
        raise Crash

    plan(timeline, 200)
    timeline.run(60, ticking=False)
    monkeypatch.setattr(timeline.system.schedule, "handed_over", crash)
    with pytest.raises(Crash):
        timeline.tick()
    monkeypatch.undo()
    timeline.run(600)
    assert sent(timeline) == [(200, "at 200")]


def test_a_tick_out_of_time_goes_on_in_the_next_and_says_so(timeline: Timeline) -> None:
    timeline.system.schedule.page_rows = 10
    plan(timeline, *[200] * 25)
    timeline.run(60, ticking=False)
    ticked = timeline.tick(seconds_left=0)
    assert (ticked.released, ticked.finished) == (10, False)
    ticked = timeline.tick()
    assert (ticked.released, ticked.finished) == (15, True)
    timeline.run(300)
    assert [at for at, _ in sent(timeline)] == [200] * 25


def test_thousands_in_one_second_all_arrive_in_it(timeline: Timeline) -> None:
    for number in range(2_000):
        timeline.tell(
            NOTICE, data={"message": str(number)}, deliver_at=timeline.at(200), event_id=str(number)
        )
    timeline.run(260)
    counts = Counter(sent(timeline))
    assert len(counts) == 2_000
    assert set(counts.values()) == {1}
    assert {at for at, _ in counts} == {200}


def test_a_tick_says_what_was_late(timeline: Timeline) -> None:
    plan(timeline, 600, 610, 4000)
    timeline.run(660, ticking=False)
    ticked = timeline.tick()
    assert (ticked.released, ticked.overdue, ticked.latest_seconds) == (2, 2, 60)


def test_pings_are_queued_once_though_ticks_plan_ahead(timeline: Timeline) -> None:
    # One of those every 300 s among them, and the start is a moment for those every 540 s, too.
    assert timeline.tick().heartbeats == 5 + 1 + 1
    assert timeline.tick().heartbeats == 0
    timeline.run(60, ticking=False)
    assert timeline.tick().heartbeats == 2


@pytest.mark.parametrize("bookmark", ["99999999999.0", "0.0"], ids=["a clock that was wrong", "long ago"])
def test_a_bookmark_that_cannot_be_right_stops_no_pings(timeline: Timeline, bookmark: str) -> None:
    timeline.system.schedule.set_bookmark("heartbeats", bookmark, now=timeline.now)
    timeline.run(120)
    assert pings(timeline) == [0, 30, 60, 90, 120]


def test_shares_are_pinged_in_turn_and_nobody_is_skipped(timeline: Timeline) -> None:
    system = timeline.system
    names = [f"c{number}" for number in range(20)]
    for name in names:
        system.online(name)
    share_of = {name: shard_of(name, system.subscribers.shards) for name in names}
    assert set(share_of.values()) == {0, 1}
    system.ports.settings = replace(system.settings, heartbeat_shares=2)
    for _ in range(4):
        system.app.tick(deadline=system.deadline)
        timeline.run(timeline.now + 60, ticking=False)
    for name, share in share_of.items():
        arrived = [at for at, _ in timeline.messages_at(name, "system.ping")]
        assert arrived == list(range(15 * share, 241, 30))


@pytest.mark.parametrize("shares", [1, 2])
@pytest.mark.parametrize("own_seconds", [None, *OFFERED_SECONDS])
def test_each_connection_has_its_pings_at_its_own_interval(own_seconds: int | None, shares: int) -> None:
    timeline = Timeline(heartbeat_shares=shares)
    connection = timeline.system.online("a")
    timeline.system.registry.add(replace(connection, heartbeat_seconds=own_seconds))
    timeline.run(2 * HOUR)
    arrived = pings(timeline)
    assert {later - earlier for earlier, later in pairwise(arrived)} == {own_seconds or 30}
    assert len(arrived) == pytest.approx(2 * HOUR / (own_seconds or 30), abs=1)


def test_a_ping_does_not_overtake_the_welcome(timeline: Timeline) -> None:
    system = timeline.system
    timeline.run(28)
    for name in ("greeted", "not greeted"):
        connection = system.online(name)
        system.registry.add(replace(connection, connected_at=system.clock.now()))
    system.greetings.done("greeted")
    timeline.run(60)
    assert [at for at, _ in timeline.messages_at("greeted", "system.ping")] == [30, 60]
    assert [at for at, _ in timeline.messages_at("not greeted", "system.ping")] == [60]
