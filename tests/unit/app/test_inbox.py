"""The inbox: what is counted, what a connection is shown, and how far the user has seen it."""

import json
from typing import Any

import pytest

from shared.domain.deliveries import DirectPost
from shared.domain.handshake import Handshake
from shared.domain.limits import ANSWER_BYTES
from tests.fakes.catalog import Channel
from tests.fakes.payloads import PAYLOADS
from tests.fakes.system import JWT, FakeSystem

SCHEDULED, WEEK = "interview.scheduled", 7 * 86_400


def publish(system: FakeSystem, event_id: str, *, user_id: str | None = "ann", name: str = SCHEDULED) -> None:
    detail = {} if user_id is None else {"user_id": user_id}
    event = system.event(name, PAYLOADS[name], event_id=event_id, **detail)
    system.app.publish(event, lease=system.lease)


def ask(system: FakeSystem, connection_id: str = "a", **message: Any) -> dict[str, Any]:
    answer = system.app.message(connection_id, json.dumps(message))
    assert answer is not None
    told: dict[str, Any] = json.loads(answer.to_json())
    return told


def inbox(system: FakeSystem, connection_id: str = "a", **more: Any) -> dict[str, Any]:
    told = ask(system, connection_id, action="inbox", **more)
    assert told["type"] == "system.inbox", told
    data: dict[str, Any] = told["data"]
    return data


def ids(data: dict[str, Any]) -> list[str]:
    return [item["id"] for item in data["items"]]


def test_items_are_numbered_and_shown_as_they_were_sent_newest_first(system: FakeSystem) -> None:
    system.online("a", Channel.INTERVIEWS, user_id="ann")
    publish(system, "1")
    publish(system, "2")
    received = system.sender.received["a"]
    assert [one["inbox"] for one in received] == [1, 2]
    assert inbox(system) == {"items": received[::-1], "unseen": 2, "last": 2, "more": False}


def test_only_types_of_the_inbox_addressed_to_a_user_are_counted(system: FakeSystem) -> None:
    system.online("a", *Channel, user_id="ann")
    publish(system, "to everybody", user_id=None)
    publish(system, "another type", name="job.created")
    publish(system, "another user", user_id="bob")
    assert all("inbox" not in one for one in system.sender.received["a"])
    assert inbox(system) == {"items": [], "unseen": 0, "last": 0, "more": False}


def test_it_is_there_for_who_was_away_and_on_every_device(system: FakeSystem) -> None:
    publish(system, "1")
    for name in ("a", "b"):
        system.online(name, user_id="ann")
        assert (ids(inbox(system, name)), inbox(system, name)["unseen"]) == (["1"], 1)


def test_pages_lead_from_the_newest_to_the_oldest(system: FakeSystem) -> None:
    system.online("a", user_id="ann")
    for number in range(5):
        publish(system, str(number))
    first = inbox(system, limit=2)
    assert (ids(first), first["more"], first["through"]) == (["4", "3"], True, 4)
    second = inbox(system, limit=2, before=first["through"])
    assert (ids(second), second["more"]) == (["2", "1"], True)
    third = inbox(system, limit=2, before=second["through"], request_id="r")
    assert (ids(third), third["more"], third["request_id"]) == (["0"], False, "r")
    assert "through" not in third
    exactly = inbox(system, limit=5)
    assert (len(exactly["items"]), exactly["more"]) == (5, False)


def test_what_the_token_does_not_grant_is_not_shown() -> None:
    system = FakeSystem(**JWT)
    connection = system.online("a", Channel.JOBS, user_id="ann")
    system.tables.connections["a"].connection = type(connection)(
        connection_id="a",
        user_id="ann",
        channels=frozenset({"jobs"}),
        connected_at=connection.connected_at,
        grants=frozenset({"jobs"}),
    )
    publish(system, "1")
    assert inbox(system)["items"] == []


def test_items_end_with_the_keep_of_their_channel(system: FakeSystem) -> None:
    system.online("a", user_id="ann")
    publish(system, "1")
    system.clock.advance(WEEK - 2)
    publish(system, "2")
    assert ids(inbox(system)) == ["2", "1"]
    system.clock.advance(2)
    assert (ids(inbox(system)), inbox(system)["unseen"]) == (["2"], 1)


def test_an_answer_holds_no_more_than_a_message_may(system: FakeSystem) -> None:
    system.online("a", user_id="ann")
    for number in range(4):
        data = {**PAYLOADS[SCHEDULED], "company": "x" * 40_000}
        event = system.event(SCHEDULED, data, event_id=str(number), user_id="ann")
        system.app.publish(event, lease=system.lease)
    told: list[str] = []
    before: dict[str, Any] = {}
    while True:
        page = inbox(system, **before)
        assert len(json.dumps(page["items"])) <= ANSWER_BYTES
        told += ids(page)
        if not page["more"]:
            break
        before = {"before": page["through"]}
    assert told == ["3", "2", "1", "0"]


@pytest.mark.parametrize("expired", range(5))
def test_many_expired_items_do_not_stand_in_the_way(system: FakeSystem, expired: int) -> None:
    system.online("a", user_id="ann")
    for number in range(1, 700):
        publish(system, str(number))
        if number % 7 != expired:
            item, _ = system.inbox.items["ann", number]
            system.inbox.write("ann", item, expires_at=0)
    told: list[str] = []
    before: dict[str, Any] = {}
    asked = 0
    while True:
        page = inbox(system, limit=10, **before)
        told += ids(page)
        asked += 1
        system.clock.advance(1)
        if not page["more"]:
            break
        before = {"before": page["through"]}
    assert told == [str(number) for number in range(699, 0, -1) if number % 7 == expired]
    assert asked < 50


def seen(system: FakeSystem, number: int, connection_id: str = "a", **more: Any) -> dict[str, Any]:
    told = ask(system, connection_id, action="seen", inbox=number, **more)
    assert told["type"] == "system.seen", told
    data: dict[str, Any] = told["data"]
    return data


def test_seen_moves_the_cursor_and_the_other_devices_are_told(system: FakeSystem) -> None:
    for name, user_id in (("a", "ann"), ("b", "ann"), ("c", "bob")):
        system.online(name, user_id=user_id)
    for number in range(3):
        publish(system, str(number))
    assert seen(system, 2, request_id="r") == {"inbox": 2, "unseen": 1, "last": 3, "request_id": "r"}
    system.drain()
    assert [one["data"] for one in system.sender.received["b"]] == [{"inbox": 2, "unseen": 1, "last": 3}]
    assert system.sender.received["a"] == system.sender.received["c"] == []
    assert inbox(system, "b")["unseen"] == 1


def test_the_cursor_never_goes_back_nor_beyond_the_last(system: FakeSystem) -> None:
    for name in ("a", "b"):
        system.online(name, user_id="ann")
    for number in range(3):
        publish(system, str(number))
    asked = [2, 1, 0, 99, 99]
    assert [seen(system, number)["inbox"] for number in asked] == [2, 2, 2, 3, 3]
    system.drain()
    # What was behind already is told to nobody; what is asked again may have been told to nobody.
    assert [one["data"]["inbox"] for one in system.sender.received["b"]] == [2, 3, 3]


def test_the_other_devices_hear_of_it_after_their_welcome(system: FakeSystem) -> None:
    system.online("a", user_id="ann")
    publish(system, "1")
    young = system.online("b", user_id="ann")
    system.tables.connections["b"].connection = type(young)(
        connection_id="b", user_id="ann", connected_at=system.clock.now()
    )
    for topic in ("*", "@user:ann"):
        system.tables.topics[topic, "b"].connection = system.tables.connections["b"].connection
    seen(system, 1)
    (direct,) = system.queue.take_all()
    assert isinstance(direct, DirectPost)
    system.app.deliver(direct, lease=system.lease)
    assert system.sender.received["b"] == []
    system.greetings.done("b")
    system.drain()
    assert [one["type"] for one in system.sender.received["b"]] == ["system.seen"]


def test_an_inbox_needs_a_user(system: FakeSystem) -> None:
    system.online("a")
    for message in ({"action": "inbox"}, {"action": "seen", "inbox": 1}):
        told = ask(system, **message, request_id="r")
        assert (told["type"], told["data"]["code"]) == ("system.error", "invalid_message")
        assert "user" in told["data"]["message"]
        assert told["data"]["request_id"] == "r"


def test_it_counts_against_the_rate(system: FakeSystem) -> None:
    system.online("a", user_id="ann")
    codes = [ask(system, action="inbox")["data"].get("code") for _ in range(25)]
    assert codes.count("rate_limited") >= 5
    assert ask(system, action="seen", inbox=1)["data"]["code"] == "rate_limited"


def test_a_retry_after_a_crash_counts_once(system: FakeSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    system.online("a", Channel.INTERVIEWS, user_id="ann")
    with monkeypatch.context() as patch:
        patch.setattr(system.sender, "post", _killed)
        with pytest.raises(RuntimeError):
            publish(system, "1")
    publish(system, "2")
    system.clock.advance(61)
    publish(system, "1")
    assert ids(inbox(system)) == ["2", "1"]
    assert inbox(system)["unseen"] == 2
    assert {one["id"]: one["inbox"] for one in system.sender.received["a"]} == {"1": 1, "2": 2}


@pytest.mark.parametrize("seen_before_the_retry", [0, 2])
def test_an_item_that_a_crash_kept_back_is_not_taken_for_seen(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch, seen_before_the_retry: int
) -> None:
    system.online("a", Channel.INTERVIEWS, user_id="ann")
    with monkeypatch.context() as patch:
        patch.setattr(system.inbox, "write", _killed)
        with pytest.raises(RuntimeError):
            publish(system, "1")
    publish(system, "2")
    if seen_before_the_retry:
        seen(system, seen_before_the_retry)
    system.clock.advance(61)
    publish(system, "1")
    unseen = inbox(system)["unseen"]
    assert unseen == (1 if seen_before_the_retry else 2)
    assert sorted(ids(inbox(system))) == ["1", "2"]


def test_what_was_seen_before_the_retry_stays_seen(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.online("a", Channel.INTERVIEWS, user_id="ann")
    with monkeypatch.context() as patch:
        patch.setattr(system.sender, "post", _killed)
        with pytest.raises(RuntimeError):
            publish(system, "1")
    seen(system, 1)
    system.clock.advance(61)
    publish(system, "1")
    assert (ids(inbox(system)), inbox(system)["unseen"]) == (["1"], 0)


def _killed(*_: Any, **__: Any) -> Any:
    raise RuntimeError("killed")


def welcome_of(system: FakeSystem, connection_id: str, **query: str) -> dict[str, Any]:
    system.sender.open.add(connection_id)
    asked = {name: (value,) for name, value in query.items()}
    system.app.connect(
        Handshake(connection_id=connection_id, connected_at=system.clock.now() - 60, query=asked)
    )
    system.drain()
    welcome: dict[str, Any] = system.sender.received[connection_id][0]["data"]
    return welcome


def test_the_welcome_says_where_the_inbox_stands(system: FakeSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    assert welcome_of(system, "a", user_id="ann")["inbox"] == {"last": 0, "unseen": 0}
    for number in range(3):
        publish(system, str(number))
    assert welcome_of(system, "b", user_id="ann")["inbox"] == {"last": 3, "unseen": 3}
    seen(system, 2, "b")
    assert welcome_of(system, "c", user_id="ann")["inbox"] == {"last": 3, "unseen": 1}
    seen(system, 3, "c")
    # Nothing is read where all is seen.
    monkeypatch.setattr(system.inbox, "count", _killed)
    assert welcome_of(system, "d", user_id="ann")["inbox"] == {"last": 3, "unseen": 0}
    assert "inbox" not in welcome_of(system, "e")
