"""Where streams stand, and `history`, as a client hears of them."""

import json
from dataclasses import replace
from typing import Any

import pytest

from shared.domain.deliveries import Heartbeat, Welcome
from shared.domain.streams import HEAD_SECONDS
from tests.fakes.catalog import Channel
from tests.fakes.payloads import PAYLOADS
from tests.fakes.system import FakeSystem
from tidings.catalog import hours

DAY = 86_400
APPLICATION = "application.status_changed"
NO_STREAM = "There is no stream {!r} that this connection may read."


def publish(system: FakeSystem, event_id: str, name: str = "job.created", **detail: Any) -> None:
    event = system.event(name, PAYLOADS[name], event_id=event_id, **detail)
    system.app.publish(event, lease=system.lease)


def say(system: FakeSystem, connection_id: str = "a", **message: Any) -> dict[str, Any]:
    answer = system.app.message(connection_id, json.dumps(message))
    assert answer is not None
    told: dict[str, Any] = json.loads(answer.to_json())
    return told


def history(system: FakeSystem, stream: str, position: int, **more: Any) -> dict[str, Any]:
    epochs = {name.partition("#")[2]: head.epoch for name, head in system.streams.tops.items()}
    epoch = epochs.get("ann" if stream == "@me" else stream, "none")
    asked: dict[str, Any] = {"action": "history", "stream": stream, "epoch": epoch, "after": position}
    told = say(system, **asked | more)
    assert told["type"] == "system.history", told
    data: dict[str, Any] = told["data"]
    return data


def ids(told: dict[str, Any]) -> list[str]:
    return [one["id"] for one in told["events"]]


def welcome_of(system: FakeSystem, connection_id: str) -> dict[str, Any]:
    system.app.deliver(Welcome(connection_id=connection_id), lease=system.lease)
    [first, *_] = system.sender.received[connection_id]
    data: dict[str, Any] = first["data"]
    return data


def test_the_welcome_says_where_the_connections_streams_stand(system: FakeSystem) -> None:
    system.online("a", Channel.JOBS, Channel.APPLICATIONS, user_id="ann")
    system.online("b", Channel.SKILLS)
    system.online("c")
    publish(system, "1")
    publish(system, "2", APPLICATION, user_id="ann")
    publish(system, "3", APPLICATION, user_id="ann")
    for messages in system.sender.received.values():
        messages.clear()
    assert welcome_of(system, "a")["streams"] == {
        "jobs": {"epoch": "e0000", "offset": 1},
        "applications": {"epoch": "e0002", "offset": 0},
        "@me": {"epoch": "e0001", "offset": 2, "channels": {"jobs": 0, "applications": 2}},
    }
    assert welcome_of(system, "b")["streams"] == {"skills": {"epoch": "e0003", "offset": 0}}
    assert welcome_of(system, "c")["streams"] == {}


def test_who_subscribes_hears_where_the_channel_stands(system: FakeSystem) -> None:
    system.online("a", user_id="ann")
    publish(system, "1")
    publish(system, "2", user_id="ann")
    told = say(system, action="subscribe", channel="jobs")
    assert told["data"]["streams"] == {
        "jobs": {"epoch": "e0000", "offset": 1},
        "@me": {"epoch": "e0001", "offset": 1, "channels": {"jobs": 1}},
    }


def test_a_ping_says_the_last_offset_of_each_channel(system: FakeSystem) -> None:
    system.online("a")
    for event_id in ("1", "2"):
        publish(system, event_id)
    publish(system, "3", APPLICATION)
    publish(system, "4", user_id="ann")
    system.app.deliver(Heartbeat(due_at=int(system.clock.now())), lease=system.lease)
    [ping] = system.sender.received["a"]
    assert ping["data"]["heads"] == {"jobs": 2, "applications": 1}


def test_a_stream_that_is_relied_on_stays_and_one_that_is_not_is_made_anew(system: FakeSystem) -> None:
    system.online("a", Channel.JOBS)
    publish(system, "1")
    made = system.streams.tops["channel#jobs"]
    system.clock.advance(HEAD_SECONDS / 3)
    history(system, "jobs", 1)
    assert system.streams.tops["channel#jobs"] == made
    system.clock.advance(HEAD_SECONDS / 3)
    history(system, "jobs", 1)
    stays_until = system.clock.now() + DAY + HEAD_SECONDS
    assert system.streams.tops["channel#jobs"] == replace(made, expires_at=stays_until)


def test_history_tells_what_was_missed(system: FakeSystem) -> None:
    system.online("a", Channel.JOBS)
    for event_id in ("1", "2", "3"):
        publish(system, event_id)
    sent = [{**one} for one in system.sender.received["a"]]
    assert [one.pop("epoch") for one in sent] == ["e0000"] * 3
    told = history(system, "jobs", 1, request_id="r")
    assert told == {
        "stream": "jobs",
        "epoch": "e0000",
        "events": sent[1:],
        "through": 3,
        "head": 3,
        "more": False,
        "recovered": True,
        "request_id": "r",
    }
    assert history(system, "jobs", 3)["events"] == []
    first = history(system, "jobs", 0, limit=2)
    assert (ids(first), first["through"], first["more"]) == (["1", "2"], 2, True)


@pytest.mark.parametrize(
    ("asked", "reason"), [({"epoch": "another"}, "epoch"), ({"after": 9}, "ahead")], ids=["epoch", "ahead"]
)
def test_a_position_that_is_not_ours_is_lost(system: FakeSystem, asked: dict[str, Any], reason: str) -> None:
    system.online("a", Channel.JOBS)
    publish(system, "1")
    told = history(system, "jobs", 0, **asked)
    assert (told["recovered"], told["reason"], told["events"]) == (False, reason, [])
    assert (told["epoch"], told["head"], told["through"], told["more"]) == ("e0000", 1, 1, False)


def test_what_is_older_than_keep_is_lost(system: FakeSystem) -> None:
    system.online("a", Channel.JOBS)
    publish(system, "1")
    publish(system, "2")
    system.clock.advance(DAY)
    system.online("a", Channel.JOBS)
    assert history(system, "jobs", 1)["reason"] == "expired"
    assert history(system, "jobs", 2)["recovered"] is True


@pytest.mark.parametrize(
    ("sent_to", "verdicts"),
    [
        ([], {"jobs": True, "@me": True}),
        ([None], {"jobs": "epoch", "@me": True}),
        (["ann"], {"jobs": True, "@me": "epoch"}),
        (["bob"], {"jobs": True, "@me": True}),
        ([None, None, "ann"], {"jobs": "epoch", "@me": "epoch"}),
    ],
    ids=str,
)
def test_what_is_told_of_a_stream_whose_channel_kept_nothing_for_a_while(
    system: FakeSystem,
    monkeypatch: pytest.MonkeyPatch,
    sent_to: list[str | None],
    verdicts: dict[str, bool | str],
) -> None:
    """What was sent meanwhile has no offset: who may have missed it is not told `recovered`."""

    def ask() -> dict[str, Any]:
        asked = {one: {"epoch": told["epoch"], "after": told["offset"]} for one, told in known.items()}
        return {one: say(system, action="history", stream=one, **asked[one])["data"] for one in asked}

    system.online("a", Channel.JOBS, user_id="ann")
    publish(system, "1")
    publish(system, "2", user_id="ann")
    system.sender.received["a"].clear()
    known = welcome_of(system, "a")["streams"]
    declared: Any = system.ports.catalog.declared
    with monkeypatch.context() as patch:
        patch.setitem(declared, "jobs", replace(declared["jobs"], keep=hours(0)))
        for number, user_id in enumerate(sent_to):
            publish(system, f"not kept {number}", **({} if user_id is None else {"user_id": user_id}))
        assert ask()["jobs"]["code"] == "forbidden_channel"
    told = ask()
    assert {one: data.get("reason", data["recovered"]) for one, data in told.items()} == verdicts
    # Once: from there on it counts as before.
    known = {one: {"epoch": data["epoch"], "offset": data["head"]} for one, data in told.items()}
    publish(system, "3")
    publish(system, "4", user_id="ann")
    assert {one: (data["recovered"], ids(data)) for one, data in ask().items()} == {
        "jobs": (True, ["3"]),
        "@me": (True, ["4"]),
    }


def test_a_hole_settles_and_is_filled_by_who_reads(system: FakeSystem) -> None:
    system.online("a", Channel.JOBS)
    publish(system, "1")
    system.streams.take("channel#jobs", "2", channel="jobs", now=system.clock.now(), keep_seconds=DAY)
    told = history(system, "jobs", 0)
    assert (ids(told), told["through"], told["more"], told["recovered"]) == (["1"], 1, True, True)
    told = history(system, "jobs", 1)
    assert (told["events"], told["through"], told["settling"]) == ([], 1, {"retry_after_seconds": 5})
    system.clock.advance(6)
    told = history(system, "jobs", 1)
    assert (told["events"], told["through"], "settling" in told) == ([], 2, False)
    assert system.streams.rows["channel#jobs", 2].envelope == ""
    # Its writer comes too late, and takes another offset.
    publish(system, "2")
    assert ids(history(system, "jobs", 2)) == ["2"]


def test_a_hole_that_its_writer_fills_meanwhile_is_an_event(system: FakeSystem) -> None:
    system.online("a", Channel.JOBS)
    publish(system, "1")
    row = system.streams.rows.pop(("channel#jobs", 1))
    system.clock.advance(6)
    write = system.streams.write

    def quicker(stream: str, hole: Any) -> bool:
        write(stream, row)
        return write(stream, hole)

    vars(system.streams)["write"] = quicker
    assert ids(history(system, "jobs", 0)) == ["1"]


def test_reading_back_tells_the_newest_first(system: FakeSystem) -> None:
    system.online("a", Channel.JOBS)
    for event_id in ("1", "2", "3"):
        publish(system, event_id)
    told = say(system, action="history", stream="jobs", before=4, limit=2)["data"]
    assert (ids(told), told["through"], told["more"]) == (["3", "2"], 2, True)
    assert "recovered" not in told


def test_a_user_reads_the_events_of_the_channels_that_the_connection_is_on(system: FakeSystem) -> None:
    system.online("a", Channel.APPLICATIONS, user_id="ann")
    publish(system, "1", APPLICATION, user_id="ann")
    publish(system, "2", user_id="ann")
    publish(system, "3", APPLICATION, user_id="ann")
    told = history(system, "@me", 0)
    assert (ids(told), told["through"], told["stream"]) == (["1", "3"], 3, "@me")
    say(system, action="subscribe", channel="jobs")
    assert ids(history(system, "@me", 0)) == ["1", "2", "3"]


def test_what_a_connection_may_not_read_is_answered_in_the_same_words(system: FakeSystem) -> None:
    connection = replace(system.online("a"), grants=frozenset({"skills"}))
    system.registry.add(connection)
    publish(system, "1")
    publish(system, "2", user_id="bob")
    for stream in ("jobs", "applications", "unknown", "@me", "user#bob", "@user:bob", "", "channel#jobs"):
        told = say(system, action="history", stream=stream, epoch="e0000", after=0, request_id="r")
        assert told["type"] == "system.error"
        assert told["data"] == {
            "code": "forbidden_channel",
            "message": NO_STREAM.format(stream),
            "request_id": "r",
        }
        system.clock.advance(10)


def test_an_expired_token_reads_nothing(system: FakeSystem) -> None:
    system.registry.add(replace(system.online("a", Channel.JOBS), valid_until=system.clock.now()))
    told = say(system, action="history", stream="jobs", epoch="e", after=0)
    assert told["data"]["code"] == "token_expired"


def test_history_counts_against_the_rate(system: FakeSystem) -> None:
    system.online("a", Channel.JOBS)
    for _ in range(20):
        history(system, "jobs", 0, epoch="e")
    told = say(system, action="history", stream="jobs", epoch="e", after=0)
    assert told["data"]["code"] == "rate_limited"


@pytest.mark.parametrize("text", ["é" * 40, "\ud800" * 9 + "é" * 40])
def test_an_answer_fits_api_gateways_message(system: FakeSystem, text: str) -> None:
    system.online("a", Channel.JOBS)
    for number in range(400):
        data = {**PAYLOADS["job.created"], "more": text * 10}
        event = system.event("job.created", data, event_id=str(number))
        system.app.publish(event, lease=system.lease)
    asked = {"action": "history", "stream": "jobs", "epoch": "e0000", "after": 0, "limit": 300}
    answer = system.app.message("a", json.dumps(asked))
    assert answer is not None
    assert 90 * 1024 < len(answer.to_json().encode()) < 98 * 1024
