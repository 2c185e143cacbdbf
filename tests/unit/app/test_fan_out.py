"""Fan-out: every outcome, every end of an invocation, and a receipt that adds up."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from shared.app.fan_out.event import fan_out
from shared.app.fan_out.posting import PostsRefused
from shared.app.fan_out.run import RUNS
from shared.app.ports.history import Claim
from shared.app.ports.sender import Posted
from shared.bootstrap import build_ports
from shared.domain.audience import shard_of
from shared.domain.connection import Connection
from shared.domain.deliveries import DirectPost, FanOutPart
from shared.domain.errors import TryAgain
from shared.domain.lease import Lease
from shared.domain.limits import YOUNG_SECONDS
from shared.domain.receipt import Receipt
from shared.domain.target import Outcome
from tests.fakes.app import App
from tests.fakes.catalog import Channel
from tests.fakes.system import SETTINGS, FakeSystem


def whole(system: FakeSystem, **more: Any) -> FanOutPart:
    settings = {"channel": Channel.JOBS, "published_at": system.clock.now(), **more}
    return FanOutPart(**{"event_id": "e-1", "message": '{"id":"e-1"}', **settings})


def crowd(system: FakeSystem, count: int) -> list[str]:
    names = [f"c-{number:05}" for number in range(count)]
    for name in names:
        system.online(name, Channel.JOBS)
    return names


def run(system: FakeSystem, part: FanOutPart | None = None) -> Receipt:
    """The event and all that it puts on the queue; returns the receipt of all parts."""
    system.app.deliver(part or whole(system), lease=system.lease)
    system.drain()
    return system.history.receipt("e-1")


def adds_up(receipt: Receipt) -> bool:
    return receipt.matched == receipt.settled + receipt.waiting


def heard(system: FakeSystem, names: list[str]) -> set[int]:
    """How often they heard the event."""
    return {len(system.sender.received[name]) for name in names}


def test_everybody_hears_it_once_and_the_receipt_says_so(system: FakeSystem) -> None:
    names = crowd(system, 25)
    receipt = run(system)
    assert heard(system, names) == {1}
    assert (receipt.matched, receipt.delivered) == (25, 25)


def test_nobody_there_is_finished_too(system: FakeSystem) -> None:
    assert run(system) == Receipt()
    assert system.history.rows["e-1", 0].finished


def test_the_gone_are_removed_and_nobody_else(system: FakeSystem) -> None:
    names = crowd(system, 10)
    for name in names[:4]:
        system.sender.open.discard(name)
    receipt = run(system)
    assert set(system.tables.connections) == set(names[4:])
    assert (receipt.delivered, receipt.gone) == (6, 4)
    assert heard(system, names[4:]) == {1}


@pytest.mark.parametrize("tries", [1, 4], ids=["at the second try", "at the last try"])
def test_a_connection_whose_handshake_takes_long_is_waited_for(system: FakeSystem, tries: int) -> None:
    young = Connection(
        connection_id="young",
        user_id=None,
        channels=frozenset({Channel.JOBS}),
        connected_at=system.clock.now() - YOUNG_SECONDS,
    )
    system.registry.add(young)
    system.sender.open.add("young")
    system.sender.planned["young"] = [Outcome.GONE] * tries
    assert run(system).delivered == 1
    assert sum(system.clock.slept) <= 2.01


def test_a_young_connection_that_stays_away_is_removed(system: FakeSystem) -> None:
    system.registry.add(
        Connection(
            connection_id="young",
            user_id=None,
            channels=frozenset({Channel.JOBS}),
            connected_at=system.clock.now(),
        )
    )
    assert run(system).gone == 1
    assert system.tables.connections == {}


@pytest.mark.parametrize("outcome", [Outcome.THROTTLED, Outcome.FAILED])
@pytest.mark.parametrize("times", [1, 4, 7], ids=["once", "to the end of the run", "over several runs"])
def test_what_did_not_go_through_is_tried_again_and_nothing_else(
    system: FakeSystem, outcome: Outcome, times: int
) -> None:
    names = crowd(system, 10)
    system.sender.planned[names[3]] = [outcome] * times
    receipt = run(system)
    assert heard(system, names) == {1}
    assert (receipt.delivered, receipt.waiting, receipt.parts) == (10, 0, 0)


@pytest.mark.parametrize(
    ("outcome", "counted"), [(Outcome.THROTTLED, "throttled"), (Outcome.FAILED, "failed")]
)
def test_who_cannot_be_reached_in_several_runs_is_given_up_with_the_reason(
    system: FakeSystem, outcome: Outcome, counted: str
) -> None:
    names = crowd(system, 3)
    system.sender.planned[names[0]] = [outcome] * 5 * RUNS
    receipt = run(system)
    assert getattr(receipt, counted) == 1
    assert receipt.delivered == 2
    assert adds_up(receipt)
    (rejection,) = system.rejections.kept
    kept = DirectPost(**rejection.content)
    assert [target.connection_id for target in kept.as_targets()] == [names[0]]
    assert kept.message == '{"id":"e-1"}'


def test_a_message_too_large_is_given_up_at_once(system: FakeSystem) -> None:
    names = crowd(system, 2)
    system.sender.planned[names[0]] = [Outcome.TOO_LARGE]
    assert run(system).failed == 1
    assert system.clock.slept == []
    assert "too large" in system.rejections.kept[0].reasons[0]


def test_refused_posts_stop_the_event_and_a_retry_goes_on(system: FakeSystem) -> None:
    names = crowd(system, 50)
    for name in names:
        system.sender.planned[name] = [Outcome.REFUSED]
    with pytest.raises(PostsRefused):
        fan_out(system.ports, whole(system), lease=system.lease)
    assert sum(not system.sender.planned[name] for name in names) == 1
    system.sender.planned.clear()
    receipt = run(system)
    assert heard(system, names) == {1}
    assert receipt.delivered == 50
    assert adds_up(receipt)


def test_beyond_what_one_run_may_post_the_shards_become_parts(system: FakeSystem) -> None:
    names = crowd(system, 60)
    small = divided(system, targets_per_run=10)
    small.deliver(whole(system), lease=system.lease)
    parts = [one for one, _ in system.queue.messages if isinstance(one, FanOutPart)]
    assert sorted(part.number for part in parts) == [1, 2]
    assert system.history.receipt("e-1").parts == 2
    drain(system, small)
    receipt = system.history.receipt("e-1")
    assert heard(system, names) == {1}
    assert (receipt.matched, receipt.delivered) == (60, 60)
    assert all(row.finished for row in system.history.rows.values())


def test_parts_that_come_twice_or_in_any_order_send_nothing_twice(system: FakeSystem) -> None:
    names = crowd(system, 60)
    small = divided(system, targets_per_run=10)
    small.deliver(whole(system), lease=system.lease)
    system.queue.messages = [*reversed(system.queue.messages), *system.queue.messages]
    drain(system, small)
    small.deliver(whole(system), lease=system.lease)
    assert heard(system, names) == {1}
    assert system.history.receipt("e-1").delivered == 60


def test_a_part_that_runs_elsewhere_is_put_back_until_that_one_must_have_ended(system: FakeSystem) -> None:
    crowd(system, 4)
    part = whole(system, event_id="e-1", number=1)
    system.history.claim("e-1", part=1, now=system.clock.now(), lease=Lease("me", system.clock.now() + 30))
    delivered = system.app.deliver(part, lease=system.lease)
    assert delivered.result == "running: put back"
    assert system.queue.messages == [(part, 31)]


class Killed(BaseException):
    """As when Lambda ends a sandbox: nothing after it runs."""


def killed_after(system: FakeSystem, posts: int) -> None:
    """Let the sender die in the middle of an event."""
    alive = system.sender.post

    def post(message: bytes, connection_ids: Any) -> Iterator[Posted]:
        for number, posted in enumerate(alive(message, connection_ids)):
            yield posted
            if number + 1 == posts:
                system.sender.post = alive  # type: ignore[method-assign]  # alive again
                raise Killed

    system.sender.post = post  # type: ignore[method-assign]  # dies once


@pytest.mark.parametrize("posts", [1, 999, 1_000, 1_001, 1_700, 2_400])
def test_a_killed_invocation_repeats_a_page_at_most_and_loses_nothing(system: FakeSystem, posts: int) -> None:
    names = crowd(system, 2_500)
    system.subscribers.page_rows = 500
    killed_after(system, posts)
    with pytest.raises(Killed):
        fan_out(system.ports, whole(system), lease=system.lease)
    system.clock.advance(61)
    receipt = run(system)
    repeated = sum(len(system.sender.received[name]) - 1 for name in names)
    assert 0 <= repeated <= 1_000
    assert (receipt.matched, receipt.delivered) == (2_500, 2_500)


def test_a_killed_hand_over_is_done_again(system: FakeSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    names = crowd(system, 60)
    small = divided(system, targets_per_run=10)
    put_all = system.queue.put_all

    def half(deliveries: Any) -> None:
        put_all(list(deliveries)[:1])
        raise Killed

    monkeypatch.setattr(system.queue, "put_all", half)
    with pytest.raises(Killed):
        small.deliver(whole(system), lease=system.lease)
    monkeypatch.undo()
    system.clock.advance(61)
    small.deliver(whole(system), lease=system.lease)
    drain(system, small)
    assert heard(system, names) == {1}
    assert system.history.receipt("e-1").matched == 60


def test_an_invocation_out_of_time_hands_on_what_it_has_not_begun(system: FakeSystem) -> None:
    names = crowd(system, 9)
    system.app.deliver(whole(system), lease=Lease("short", system.clock.now() + 1))
    assert heard(system, names) == {0}
    system.drain()
    assert heard(system, names) == {1}


def test_who_lost_the_lease_stops(system: FakeSystem) -> None:
    crowd(system, 3)
    finish = system.history.finish

    def taken_over(*arguments: Any, **more: Any) -> bool:
        system.history.rows["e-1", 0].owner = "another"
        return finish(*arguments, **more)

    system.history.finish = taken_over  # type: ignore[method-assign]  # just before the last write
    with pytest.raises(TryAgain):
        fan_out(system.ports, whole(system), lease=system.lease)


def test_a_ping_is_not_kept_for_later(system: FakeSystem) -> None:
    names = crowd(system, 4)
    system.sender.planned[names[0]] = [Outcome.FAILED] * 50
    ping = whole(system, channel=None, worth_until=system.clock.now() + 30)
    receipt = run(system, ping)
    assert (receipt.delivered, receipt.failed) == (3, 1)
    assert system.rejections.kept == []
    assert system.queue.messages == []


def test_parts_of_a_ping_that_come_too_late_end(system: FakeSystem) -> None:
    names = crowd(system, 4)
    late = whole(system, channel=None, number=1, worth_until=system.clock.now() - 1)
    system.app.deliver(late, lease=system.lease)
    assert heard(system, names) == {0}
    assert system.queue.messages == []
    assert system.history.rows["e-1", 1].finished


def test_a_large_event_takes_turns_and_keeps_to_its_share(system: FakeSystem) -> None:
    """Parts post no faster than their share, and go back to the queue every fifteen seconds."""
    names = [name for name in crowd(system, 30_000) if shard_of(name, 2) == 0]
    system.subscribers.page_rows = 1_000
    part = whole(system, number=1)
    began = system.clock.now()
    turns = 0
    system.app.deliver(part, lease=system.lease)
    while system.queue.messages:
        turns += 1
        (again, delay_seconds) = system.queue.messages.pop()
        assert delay_seconds == 0
        system.app.deliver(again, lease=system.lease)
    seconds = system.clock.now() - began
    share = SETTINGS.posts_per_second * 0.8 / SETTINGS.parts_at_once
    assert heard(system, names) == {1}
    assert len(names) / seconds == pytest.approx(share, rel=0.05)
    assert turns >= seconds // 18


def divided(system: FakeSystem, *, targets_per_run: int) -> Any:
    ports = {
        name: getattr(system, name)
        for name in (
            "clock",
            "registry",
            "admission",
            "greetings",
            "subscribers",
            "history",
            "windows",
            "schedule",
            "queue",
            "rejections",
            "sender",
        )
    }
    settings = replace(SETTINGS, targets_per_run=targets_per_run)
    return App(build_ports(settings=settings, parts=system.queue, **ports))


def drain(system: FakeSystem, app: Any) -> None:
    while system.queue.messages:
        delivery, delay_seconds = system.queue.messages.pop(0)
        system.clock.advance(delay_seconds)
        app.deliver(delivery, lease=system.lease)


def test_a_running_event_is_looked_at_again_rather_than_dropped(system: FakeSystem) -> None:
    """It may be the retry of an invocation that died, not a duplicate."""
    names = crowd(system, 3)
    system.history.claim("e-1", now=system.clock.now(), lease=Lease("me", system.clock.now() + 20))
    event = system.event(
        "job.created", {"job_id": 1, "company": "c", "job_title": "t", "location": "", "source": "s"}
    )
    assert system.app.publish(event, lease=system.lease).result == "pending"
    assert heard(system, names) == {0}
    system.drain()
    assert heard(system, names) == {1}
    assert system.history.claim("e-1", now=system.clock.now(), lease=Lease("me", 1.0)).claim is Claim.DONE
