"""`user.forgotten`: what is kept of a user goes, over as many runs as it takes, and a receipt says so."""

from typing import Any

import pytest

from shared.domain.deliveries import Forget
from shared.domain.receipt import Receipt
from shared.domain.schedule import Planned
from tests.fakes.catalog import Channel
from tests.fakes.system import FakeSystem


def forget(system: FakeSystem, user_id: str = "ann", *, event_id: str = "bye") -> Any:
    return system.app.revoke(system.event("user.forgotten", {}, event_id=event_id, user_id=user_id))


def plan(system: FakeSystem, user_id: str, count: int) -> None:
    for number in range(count):
        planned = Planned(
            key=f"{user_id}-{number}",
            due_at=int(system.clock.now()) + 86_400,
            revision=1,
            told_by="e",
            event_id=f"{user_id}-{number}",
            event_type="job.created",
            data={},
            user_id=user_id,
        )
        system.schedule.tell(planned)


def receipt_of(system: FakeSystem, event_id: str = "bye") -> Receipt:
    row = system.history.rows[event_id, 0]
    assert row.finished
    assert row.receipt is not None
    return row.receipt


def test_everything_of_the_user_goes_and_the_receipt_counts_it(system: FakeSystem) -> None:
    system.online("a", Channel.JOBS, user_id="ann")
    system.online("b", Channel.JOBS, user_id="bob")
    plan(system, "ann", 3)
    plan(system, "bob", 1)
    system.access.issue("ann", now=system.clock.now())

    forget(system)
    system.drain()

    assert set(system.tables.connections) == {"b"}
    assert system.sender.closed == ["a"]
    assert system.access.revoked_at("ann") is not None
    assert set(system.schedule.rows) == {"bob-0"}
    found = receipt_of(system)
    assert (found.removed_connections, found.removed_plans, found.removed_tickets) == (1, 3, 1)


def test_what_a_writer_leaves_behind_the_first_pass_goes_in_the_second(system: FakeSystem) -> None:
    forget(system)
    (first,) = [one for one in system.queue.take_all() if isinstance(one, Forget)]
    assert system.app.deliver(first, lease=system.lease).result == "goes on"
    plan(system, "ann", 2)
    before = system.clock.now()
    system.drain()
    assert system.clock.now() - before >= 90
    assert not system.schedule.rows
    assert receipt_of(system).removed_plans == 2


def test_a_big_user_is_carried_on_over_several_runs(system: FakeSystem) -> None:
    plan(system, "ann", 35)
    system.user_rows.page_rows = 10
    remove = system.user_rows.remove

    def slowly(*asked: Any, **more: Any) -> Any:
        system.clock.advance(6)
        return remove(*asked, **more)

    system.user_rows.remove = slowly  # type: ignore[method-assign]
    forget(system)
    runs = 0
    while system.queue.messages:
        delivery, delay_seconds = system.queue.messages.pop(0)
        system.clock.advance(delay_seconds)
        system.app.deliver(delivery, lease=system.lease)
        runs += 1
    assert runs > 3
    assert receipt_of(system).removed_plans == 35


def test_the_same_event_twice_removes_once(system: FakeSystem) -> None:
    plan(system, "ann", 2)
    forget(system)
    system.drain()
    plan(system, "ann", 1)
    forget(system)
    system.drain()
    assert set(system.schedule.rows) == {"ann-0"}
    assert receipt_of(system).removed_plans == 2


def test_two_messages_at_once_do_not_count_twice(system: FakeSystem) -> None:
    plan(system, "ann", 2)
    forget(system)
    (message,) = system.queue.take_all()
    system.history.claim("bye", now=system.clock.now(), lease=system.lease)
    assert system.app.deliver(message, lease=system.lease).result == "running: put back"
    system.drain()
    assert receipt_of(system).removed_plans == 2


def test_a_run_that_died_is_carried_on_by_the_next(system: FakeSystem) -> None:
    plan(system, "ann", 2)
    remove = system.user_rows.remove

    def dies(kept: Any, user_id: str, *, after: str | None) -> Any:
        if kept == "tickets":
            raise RuntimeError("killed")
        return remove(kept, user_id, after=after)

    system.user_rows.remove = dies  # type: ignore[method-assign]
    forget(system)
    (message,) = system.queue.take_all()
    with pytest.raises(RuntimeError):
        system.app.deliver(message, lease=system.lease)
    system.user_rows.remove = remove  # type: ignore[method-assign]
    system.clock.advance(61)
    system.app.deliver(message, lease=system.lease)
    system.drain()
    assert receipt_of(system).removed_plans == 2


@pytest.mark.parametrize("detail", [{}, {"user_id": ""}])
def test_nobody_is_forgotten_by_an_event_without_a_user(system: FakeSystem, detail: dict[str, Any]) -> None:
    told = system.app.revoke(system.event("user.forgotten", {}, **detail))
    assert told.reasons
    assert len(system.rejections.kept) == 1
    assert not system.queue.messages
