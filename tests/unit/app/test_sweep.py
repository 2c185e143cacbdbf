"""The sweep: what it removes, what it leaves, what it may cost."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from shared.app.sweep import Swept
from shared.app.sweep import sweep as sweep_once
from shared.bootstrap import build_ports
from tests.fakes import shop
from tests.fakes.catalog import Channel
from tests.fakes.system import FakeSystem


@pytest.fixture
def sweep(system: FakeSystem) -> Callable[..., Swept]:
    def run(*, units: int = 1_000, ticks: int = 10, with_parameters: bool = False) -> Swept:
        """Some ticks' worth; together they make at least a round."""
        swept = Swept()
        ports = build_ports(
            settings=replace(system.settings, sweep_units_per_tick=units),
            catalog=shop.catalog if with_parameters else None,
            orphan_rows=system.orphan_rows,
            schedule=system.schedule,
            clock=system.clock,
        )
        for _ in range(ticks):
            one = sweep_once(ports, deadline=system.deadline)
            swept.checked += one.checked
            swept.removed += one.removed
            swept.units += one.units
        return swept

    return run


def lose(system: FakeSystem, connection_id: str) -> None:
    """As after a crash between two writes: the connection's own row is gone, the others are there."""
    del system.tables.connections[connection_id]


def test_rows_of_living_connections_stay(system: FakeSystem, sweep: Callable[..., Swept]) -> None:
    for number in range(30):
        system.online(f"c{number}", Channel.JOBS, user_id="u")
    system.clock.advance(600)
    rows = dict(system.tables.topics)
    assert sweep().removed == 0
    assert system.tables.topics == rows


def test_rows_of_lost_connections_go_in_every_topic(system: FakeSystem, sweep: Callable[..., Swept]) -> None:
    for name in ("lost", "here"):
        system.online(name, Channel.JOBS, Channel.INTERVIEWS, user_id="u")
    lose(system, "lost")
    system.clock.advance(600)
    assert sweep().removed == 3
    assert system.tables.topics_of("lost") == set()
    assert system.tables.topics_of("here") == {"*", "@user:u", "jobs", "interviews"}


def test_what_ttl_has_not_deleted_yet_goes_with_the_connections_own_row(
    system: FakeSystem, sweep: Callable[..., Swept]
) -> None:
    system.online("old", Channel.JOBS, user_id="u")
    system.clock.advance(3 * 60 * 60)
    system.online("new", Channel.JOBS)
    sweep()
    assert system.tables.topics_of("old") == set()
    assert system.tables.connections.keys() == {"new"}


def test_a_young_connection_is_left_alone_for_its_own_row_may_not_show_yet(
    system: FakeSystem, sweep: Callable[..., Swept]
) -> None:
    system.online("young")
    lose(system, "young")
    assert sweep().removed == 0
    system.clock.advance(300)
    assert sweep().removed == 1


def test_a_tick_stays_near_its_units_and_the_next_goes_on(
    system: FakeSystem, sweep: Callable[..., Swept]
) -> None:
    for number in range(400):
        system.online(f"c{number:03}")
    system.clock.advance(600)
    first = sweep(units=25, ticks=1)
    assert first.checked < 60
    assert first.units <= 30
    assert sweep(units=25, ticks=7).checked == 400 - first.checked
    assert system.schedule.bookmark("sweep") is not None


def test_an_empty_stage_costs_a_few_reads(system: FakeSystem, sweep: Callable[..., Swept]) -> None:
    assert sweep(units=200, ticks=1) == Swept(checked=0, removed=0, units=2.0)
    del system


def test_it_begins_anew_after_the_last_topic(system: FakeSystem, sweep: Callable[..., Swept]) -> None:
    system.online("a", Channel.SYSTEM)
    system.clock.advance(600)
    assert sweep(ticks=3).checked == 2
    assert system.schedule.bookmark("sweep") is None
    assert sweep(ticks=3).checked == 2


def test_no_time_left_is_no_reason_to_lose_the_place(system: FakeSystem) -> None:
    for number in range(150):
        system.online(f"c{number:03}")
    ended = system.clock.now()
    assert system.app.sweep(deadline=ended).checked > 0
    place = system.schedule.bookmark("sweep")
    assert place is not None
    assert place != "0:"


def test_it_can_be_turned_off(system: FakeSystem, sweep: Callable[..., Swept]) -> None:
    system.online("a")
    assert sweep(units=0) == Swept()
    assert system.schedule.places == {}


@pytest.mark.parametrize(("ended_seconds_ago", "removed"), [(299, 0), (301, 2)])
def test_rows_that_outlast_the_token_of_their_connection_go(
    system: FakeSystem, sweep: Callable[..., Swept], ended_seconds_ago: float, removed: int
) -> None:
    """As a renewal leaves them that died before it had ended them all."""
    system.online("a", Channel.JOBS, user_id="u")
    system.clock.advance(600)
    row = system.tables.connections["a"]
    row.connection = replace(row.connection, valid_until=system.clock.now() - ended_seconds_ago)
    assert sweep().removed == removed
    assert len(system.tables.topics_of("a")) == (0 if removed else 3)
