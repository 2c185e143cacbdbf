"""What was not seen in time goes on the bus, once; what was seen does not."""

import json
from dataclasses import replace
from typing import Any

import pytest

from events import catalog
from shared.domain.deliveries import Scheduled
from shared.domain.errors import TryAgain
from tests.fakes.catalog import Channel
from tests.fakes.payloads import PAYLOADS
from tests.fakes.system import FakeSystem
from tidings.catalog import minutes

REMINDER = "interview.reminder"
TEN_MINUTES = 600


def publish(system: FakeSystem, event_id: str = "1", *, user_id: str | None = "ann") -> None:
    detail = {} if user_id is None else {"user_id": user_id}
    event = system.event(REMINDER, PAYLOADS[REMINDER], event_id=event_id, **detail)
    system.app.publish(event, lease=system.lease)


def pass_time(system: FakeSystem, seconds: float) -> None:
    """A tick each minute, and what it queues."""
    end = system.clock.now() + seconds
    while True:
        system.app.tick(deadline=system.deadline)
        work_off(system)
        if system.clock.now() >= end:
            return
        system.clock.advance(min(60.0, end - system.clock.now()))


def work_off(system: FakeSystem, *, within: float = 60.0) -> None:
    """What is due within so many seconds, each once it is due; the rest waits on."""
    waiting = list(system.queue.messages)
    system.queue.messages.clear()
    for delivery, delay_seconds in waiting:
        due_at = getattr(delivery, "due_at", None)
        if isinstance(delivery, Scheduled) and due_at and due_at > system.clock.now() + within:
            system.queue.messages.append((delivery, delay_seconds))
        elif isinstance(delivery, Scheduled):
            system.clock.advance(max(0.0, delivery.due_at - system.clock.now()))
            system.app.deliver(delivery, lease=system.lease)


def seen(system: FakeSystem, number: int, connection_id: str = "a") -> None:
    system.app.message(connection_id, json.dumps({"action": "seen", "inbox": number}))


def reasons(system: FakeSystem) -> dict[str, str]:
    assert all(name == "delivery.unseen" for name, _ in system.bus.events)
    return {detail["id"]: detail["data"]["reason"] for _, detail in system.bus.events}


def test_what_nobody_has_seen_goes_on_the_bus_when_its_time_is_over(system: FakeSystem) -> None:
    publish(system)
    pass_time(system, TEN_MINUTES - 60)
    assert system.bus.events == []
    pass_time(system, 120)
    ((name, detail),) = system.bus.events
    assert (name, detail["id"], detail["user_id"]) == ("delivery.unseen", "unseen:1", "ann")
    assert detail["data"]["reason"] == "not_connected"
    event = detail["data"]["event"]
    assert (event["id"], event["type"], event["inbox"]) == ("1", REMINDER, 1)
    assert event["data"] == PAYLOADS[REMINDER]
    # Nothing of it stays planned.
    assert not system.schedule.rows
    pass_time(system, 3600)
    assert len(system.bus.events) == 1


@pytest.mark.parametrize(("number", "told"), [(2, []), (1, ["unseen:2"]), (None, ["unseen:1", "unseen:2"])])
def test_what_was_seen_in_time_does_not(system: FakeSystem, number: int | None, told: list[str]) -> None:
    system.online("a", user_id="ann")
    publish(system, "1")
    publish(system, "2")
    if number:
        system.clock.advance(TEN_MINUTES - 1)
        seen(system, number)
    pass_time(system, TEN_MINUTES + 120)
    assert sorted(reasons(system)) == told
    assert not system.schedule.rows


def test_seen_in_the_last_second_is_in_time(system: FakeSystem) -> None:
    system.online("a", user_id="ann")
    publish(system)
    (planned,) = system.schedule.rows.values()
    due_at: int = planned.due_at  # type: ignore[union-attr]
    system.clock.advance(TEN_MINUTES)
    early = Scheduled(schedule_key=planned.key, due_at=due_at)
    # The queue hands out what is less than a second early.
    assert system.app.deliver(early, lease=system.lease).result == "early: put back"
    seen(system, 1)
    system.queue.take_all()
    pass_time(system, 120)
    assert system.bus.events == []


@pytest.mark.parametrize(
    ("channels", "stays", "reason"),
    [
        ((), True, "not_connected"),
        ((Channel.JOBS,), True, "not_connected"),
        ((Channel.INTERVIEWS,), True, "not_seen"),
        ((Channel.INTERVIEWS,), False, "not_seen"),
    ],
    ids=["hears nothing", "hears another channel", "heard it and is there", "heard it and has left"],
)
def test_the_reason_says_whether_a_device_got_it(
    system: FakeSystem, channels: tuple[Channel, ...], reason: str, *, stays: bool
) -> None:
    system.online("a", *channels, user_id="ann")
    publish(system)
    if not stays:
        system.app.disconnect("a")
    pass_time(system, TEN_MINUTES + 120)
    assert reasons(system) == {"unseen:1": reason}


def test_who_came_later_and_hears_the_channel_is_connected(system: FakeSystem) -> None:
    publish(system)
    system.online("a", Channel.INTERVIEWS, user_id="ann")
    pass_time(system, TEN_MINUTES + 120)
    assert reasons(system) == {"unseen:1": "not_seen"}


def test_nothing_is_looked_for_that_is_not_in_an_inbox(system: FakeSystem) -> None:
    publish(system, user_id=None)
    event = system.event("interview.scheduled", PAYLOADS["interview.scheduled"], user_id="ann")
    system.app.publish(event, lease=system.lease)
    assert not system.schedule.rows


def test_a_bus_that_refuses_is_asked_again(system: FakeSystem) -> None:
    publish(system)
    (planned,) = system.schedule.rows.values()
    scheduled = Scheduled(schedule_key=planned.key, due_at=planned.due_at)  # type: ignore[union-attr]
    system.clock.advance(TEN_MINUTES + 2)
    system.bus.refuses = 1
    with pytest.raises(TryAgain):
        system.app.deliver(scheduled, lease=system.lease)
    assert system.bus.events == []
    # The queue shows the message again, before and after the lease of the one that failed is over.
    for _ in range(3):
        system.app.deliver(scheduled, lease=system.lease)
        system.clock.advance(30)
    pass_time(system, 120)
    assert list(reasons(system)) == ["unseen:1"]
    assert len(system.bus.events) == 1


@pytest.mark.parametrize("times", [2, 5])
def test_a_look_that_comes_more_than_once_tells_once(system: FakeSystem, times: int) -> None:
    publish(system)
    (planned,) = system.schedule.rows.values()
    scheduled = Scheduled(schedule_key=planned.key, due_at=planned.due_at)  # type: ignore[union-attr]
    system.clock.advance(TEN_MINUTES + 2)
    for _ in range(times):
        system.app.deliver(scheduled, lease=system.lease)
    assert len(system.bus.events) == 1


def test_who_dies_between_the_bus_and_its_note_tells_it_again_under_the_same_id(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(system)
    with monkeypatch.context() as patch:
        patch.setattr(system.history, "finish", _killed)
        with pytest.raises(RuntimeError):
            pass_time(system, TEN_MINUTES + 120)
    assert system.schedule.rows
    (planned,) = system.schedule.rows.values()
    system.clock.advance(61)
    scheduled = Scheduled(schedule_key=planned.key, due_at=planned.due_at)  # type: ignore[union-attr]
    system.app.deliver(scheduled, lease=system.lease)
    assert [detail["id"] for _, detail in system.bus.events] == ["unseen:1", "unseen:1"]
    assert not system.schedule.rows


def test_an_event_that_is_tried_again_is_looked_for_once(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(system.sender, "post", _killed)
        system.online("a", Channel.INTERVIEWS, user_id="ann")
        with pytest.raises(RuntimeError):
            publish(system)
    system.clock.advance(61)
    publish(system)
    assert len(system.schedule.rows) == 1
    publish(system)
    pass_time(system, TEN_MINUTES + 120)
    assert len(system.bus.events) == 1


def test_who_dies_with_the_item_written_and_is_not_tried_again_leaves_a_look(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = system.inbox.write

    def write_and_die(*args: Any, **named: Any) -> None:
        write(*args, **named)
        _killed()

    with monkeypatch.context() as patch:
        patch.setattr(system.inbox, "write", write_and_die)
        with pytest.raises(RuntimeError):
            publish(system)
    pass_time(system, TEN_MINUTES + 120)
    assert list(reasons(system)) == ["unseen:1"]


@pytest.mark.parametrize("earlier_seconds", [0, 1])
def test_an_event_that_gets_another_number_is_looked_for_under_that_number(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch, earlier_seconds: int
) -> None:
    """Also when the second try takes the event for an earlier one: a clock that is behind."""
    system.online("a", Channel.INTERVIEWS, user_id="ann")
    event = system.event(REMINDER, PAYLOADS[REMINDER], event_id="1", user_id="ann")
    with monkeypatch.context() as patch:
        patch.setattr(system.inbox, "write", _killed)
        with pytest.raises(RuntimeError):
            system.app.publish(event, lease=system.lease)
    publish(system, "2")
    seen(system, 2)
    system.clock.advance(61)
    again = replace(event, occurred_at=event.occurred_at - earlier_seconds)
    system.app.publish(again, lease=system.lease)
    pass_time(system, TEN_MINUTES + 120)
    assert list(reasons(system)) == ["unseen:1"]
    assert not system.schedule.rows


@pytest.mark.parametrize("jump_seconds", [-3600, 7200, 3 * 86_400])
def test_a_clock_that_is_moved_tells_once(system: FakeSystem, jump_seconds: int) -> None:
    publish(system)
    pass_time(system, 300)
    system.clock.advance(jump_seconds)
    pass_time(system, TEN_MINUTES + max(0, -jump_seconds) + 120)
    assert len(system.bus.events) == 1
    system.clock.advance(2 * 86_400)
    pass_time(system, 120)
    assert len(system.bus.events) == 1


def test_a_time_so_short_that_the_tick_has_been_over_it_is_kept() -> None:
    soon = replace(catalog.types[REMINDER], unseen_after=minutes(1))
    system = FakeSystem(catalog=replace(catalog, types={**catalog.types, REMINDER: soon}))
    publish(system)
    begun = system.clock.now()
    system.drain()
    assert system.clock.now() - begun < 70
    assert list(reasons(system)) == ["unseen:1"]


def test_a_user_that_was_forgotten_is_not_written_to(system: FakeSystem) -> None:
    publish(system)
    system.app.revoke(system.event("user.forgotten", {}, event_id="bye", user_id="ann"))
    system.drain()
    pass_time(system, TEN_MINUTES + 120)
    assert system.bus.events == []
    assert not system.inbox.items
    receipt = system.history.rows["bye", 0].receipt
    assert receipt is not None
    assert (receipt.removed_events, receipt.removed_items, receipt.removed_plans) == (2, 1, 1)


def _killed(*_: Any, **__: Any) -> Any:
    raise RuntimeError("killed")
