"""What an event leaves in its stream, whatever happens to the invocation that sends it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from shared.app.publish import Result
from shared.domain.audience import Audience
from shared.domain.deliveries import Heartbeat
from shared.domain.errors import TryAgain
from shared.domain.progress import Progress
from tests.fakes.catalog import Channel
from tests.fakes.payloads import PAYLOADS
from tests.fakes.system import FakeSystem

JOBS, ANN = "channel#jobs", "user#ann"
CREATED, ANALYZING = "job.created", "job.analyzing"


def publish(system: FakeSystem, event_id: str, name: str = CREATED, **detail: Any) -> Any:
    event = system.event(name, PAYLOADS[name], event_id=event_id, **detail)
    return system.app.publish(event, lease=system.lease)


def places(messages: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(one["id"], one["stream"], one["offset"], one["previous"]) for one in messages]


def test_an_event_carries_its_place_and_is_kept_as_it_was_sent(system: FakeSystem) -> None:
    system.online("a", Channel.JOBS, Channel.SKILLS, user_id="ann")
    publish(system, "1")
    publish(system, "2", user_id="ann")
    publish(system, "3", "skill_gap.completed", user_id="ann")
    publish(system, "4")
    publish(system, "5", user_id="ann")
    assert places(system.sender.received["a"]) == [
        ("1", "jobs", 1, 0),
        ("2", "@me", 1, 0),
        ("3", "@me", 2, 0),
        ("4", "jobs", 2, 1),
        ("5", "@me", 3, 1),
    ]
    kept = [json.loads(system.streams.rows[ANN, offset].envelope) for offset in (1, 2, 3)]
    sent = [system.sender.received["a"][number] for number in (1, 2, 4)]
    # The row says its epoch, and the answer to `history` says it once for all events.
    assert [{**one, "epoch": "e0001"} for one in kept] == sent
    now, rows = system.clock.now(), system.streams.rows.items()
    # A user's rows stay as long as those of the channel that keeps its events longest: interviews.
    kept_days = {(stream, (row.expires_at - now) / 86_400) for (stream, _), row in rows}
    assert kept_days == {(JOBS, 1), (ANN, 7)}


def test_nobody_need_be_there(system: FakeSystem) -> None:
    assert publish(system, "1").result is Result.SENT
    assert list(system.streams.rows) == [(JOBS, 1)]
    assert system.history.receipt("1").matched == 0


def test_the_receipt_says_where_an_event_stands(system: FakeSystem) -> None:
    publish(system, "1")
    publish(system, "2")
    receipt = system.history.rows["2", 0].receipt
    assert receipt is not None
    assert (receipt.offset, receipt.previous, receipt.inbox) == (2, 1, 0)


def test_a_repeat_takes_no_offset(system: FakeSystem) -> None:
    publish(system, "1")
    assert publish(system, "1").result is Result.DUPLICATE
    assert system.streams.tops[JOBS].offset == 1


@pytest.mark.parametrize("others", [0, 1])
@pytest.mark.parametrize("crash", ["before the row", "after the row"])
def test_an_invocation_that_goes_on_after_a_crash(system: FakeSystem, crash: str, others: int) -> None:
    system.online("a", Channel.JOBS)
    write = system.streams.write

    def crashing(stream: str, row: Any) -> bool:
        if crash == "after the row":
            write(stream, row)
        raise SystemError("killed")

    vars(system.streams)["write"] = crashing
    with pytest.raises(SystemError):
        publish(system, "1")
    del vars(system.streams)["write"]
    for number in range(others):
        publish(system, f"other {number}")
    system.clock.advance(61)
    publish(system, "1")
    # The same offset where nobody took one meanwhile; else a hole, or a second row that `id` makes harmless.
    offset = others + 1 + (others > 0)
    assert places(system.sender.received["a"])[-1] == ("1", "jobs", offset, offset - 1)
    kept = [row.event_id for row in system.streams.rows.values()]
    assert kept.count("1") == (2 if others and crash == "after the row" else 1)


@pytest.mark.parametrize(
    ("kept_hours", "away_seconds", "offset"),
    [(24, 3600, 1), (24, 24 * 3600 - 59, 2), (1, 3600 - 59, 2), (1, 61, 1)],
    ids=str,
)
def test_an_offset_that_readers_may_have_passed_is_not_used_again(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch, kept_hours: int, away_seconds: float, offset: int
) -> None:
    """They fill a hole, pass it, and what they wrote there is deleted when its time is over."""
    monkeypatch.setattr("shared.app.remember.channel_keep_seconds", lambda *_: kept_hours * 3600)

    def crashing(*_: object) -> bool:
        raise SystemError("killed")

    vars(system.streams)["write"] = crashing
    with pytest.raises(SystemError):
        publish(system, "1")
    del vars(system.streams)["write"]
    system.clock.advance(away_seconds)
    publish(system, "1")
    assert list(system.streams.rows) == [(JOBS, offset)]


def test_a_large_event_goes_on_with_its_own_place(system: FakeSystem) -> None:
    system.online("a", Channel.JOBS)
    publish(system, "1")
    row = system.history.rows["1", 0]
    assert row.receipt is not None
    # As a crash leaves it after the first thousand posts.
    crowd = replace(row.receipt, matched=0, delivered=0)
    row.finished, row.owner = False, None
    row.progress = Progress(places=system.subscribers.places(Audience(Channel.JOBS)), receipt=crowd)
    system.streams.make_anew(JOBS, "e0000", now=system.clock.now(), keep_seconds=86_400)
    publish(system, "2")
    publish(system, "1")
    received = system.sender.received["a"]
    assert places(received) == [("1", "jobs", 1, 0), ("2", "jobs", 2, 1), ("1", "jobs", 1, 0)]
    # The stream was made anew meanwhile: the offset of the first is one of the epoch before.
    assert [one["epoch"] for one in received] == ["e0000", "e0001", "e0000"]
    assert system.streams.tops[JOBS].offset == 2


def test_whose_lease_is_over_writes_no_row(system: FakeSystem) -> None:
    system.online("a", Channel.JOBS)
    take = system.streams.take

    def slow(*asked: Any, **more: Any) -> Any:
        head = take(*asked, **more)
        system.clock.advance(61)
        return head

    vars(system.streams)["take"] = slow
    with pytest.raises(TryAgain):
        publish(system, "1")
    assert system.streams.rows == {}
    assert not system.sender.received["a"]


def test_whose_offset_was_filled_meanwhile_takes_another(system: FakeSystem) -> None:
    system.online("a", Channel.JOBS)
    write = system.streams.write

    def filled(stream: str, row: Any) -> bool:
        write(stream, replace(row, event_id="", envelope=""))
        del vars(system.streams)["write"]
        return write(stream, row)

    vars(system.streams)["write"] = filled
    publish(system, "1")
    assert places(system.sender.received["a"]) == [("1", "jobs", 2, 1)]
    assert [row.event_id for row in system.streams.rows.values()] == ["", "1"]


def test_what_is_conflated_is_kept_as_it_is_sent(system: FakeSystem) -> None:
    system.online("a", Channel.JOBS)
    for number in range(3):
        publish(system, str(number), ANALYZING)
    system.drain()
    assert places(system.sender.received["a"]) == [("0", "jobs", 1, 0), ("2", "jobs", 2, 1)]
    assert [row.event_id for row in system.streams.rows.values()] == ["0", "2"]


def test_a_ping_and_a_welcome_leave_nothing(system: FakeSystem) -> None:
    system.app.deliver(Heartbeat(due_at=int(system.clock.now())), lease=system.lease)
    assert system.streams.tops == {}
