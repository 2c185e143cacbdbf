"""$default: what a client says is carried out and answered."""

import json
from typing import Any

import pytest

from shared.domain.deliveries import Close
from shared.domain.limits import RATE_MESSAGES, RATE_STRIKES, RATE_WINDOW_SECONDS
from tests.fakes.catalog import Channel
from tests.fakes.system import FakeSystem


def say(system: FakeSystem, message: Any, *, connection_id: str = "a") -> dict[str, Any] | None:
    body = message if isinstance(message, str) else json.dumps(message)
    answer = system.app.message(connection_id, body)
    return None if answer is None else json.loads(answer.to_json())


def asked(system: FakeSystem, message: Any, *, connection_id: str = "a") -> tuple[str, dict[str, Any]]:
    answer = say(system, message, connection_id=connection_id)
    assert answer is not None
    assert answer.keys() == {"type", "data", "timestamp"}
    return answer["type"], answer["data"]


@pytest.mark.parametrize("request_id", [None, "r-1", "", "ü" * 64])
@pytest.mark.parametrize(
    ("message", "answer", "data"),
    [
        (
            {"action": "subscribe", "channel": "jobs"},
            "system.subscribed",
            {
                "channel": "jobs",
                "subscriber_count": 2,
                "streams": {"jobs": {"epoch": "e0000", "offset": 0}},
            },
        ),
        (
            {"action": "subscribe", "channel": "skills"},
            "system.subscribed",
            {
                "channel": "skills",
                "subscriber_count": 1,
                "streams": {"skills": {"epoch": "e0000", "offset": 0}},
            },
        ),
        ({"action": "unsubscribe", "channel": "skills"}, "system.unsubscribed", {"channel": "skills"}),
        ({"action": "unsubscribe", "channel": "jobs"}, "system.unsubscribed", {"channel": "jobs"}),
        ({"action": "list_channels"}, "system.channels", {"channels": ["skills"]}),
        ({"action": "ping"}, "system.pong", {}),
    ],
    ids=["subscribe", "subscribe again", "unsubscribe", "unsubscribe from none", "list", "ping"],
)
def test_an_action_is_answered_and_its_request_id_echoed(
    system: FakeSystem, message: dict[str, Any], answer: str, data: dict[str, Any], request_id: str | None
) -> None:
    system.online("a", Channel.SKILLS)
    system.online("b", Channel.JOBS)
    echoed = {} if request_id is None else {"request_id": request_id}
    assert asked(system, message | echoed) == (answer, data | echoed)


def test_the_channels_are_listed_in_the_order_of_the_catalogue(system: FakeSystem) -> None:
    system.online("a")
    for channel in ("system", "jobs", "interviews"):
        say(system, {"action": "subscribe", "channel": channel})
    assert asked(system, {"action": "list_channels"})[1] == {"channels": ["jobs", "interviews", "system"]}


def test_every_channel_may_be_joined_at_once_and_there_are_no_more(system: FakeSystem) -> None:
    system.online("a")
    for channel in Channel:
        say(system, {"action": "subscribe", "channel": channel})
    assert system.tables.topics_of("a") == {"*", *Channel}


def test_a_pong_has_no_answer_and_costs_nothing_at_its_natural_rate(system: FakeSystem) -> None:
    system.online("a")
    for _ in range(RATE_MESSAGES * 3):
        assert say(system, {"action": "pong"}) is None
        system.clock.advance(30)
    assert system.tables.connections["a"].rate_full_at_ms == 0


def test_a_flood_of_pongs_is_counted_like_any_message(system: FakeSystem) -> None:
    system.online("a")
    answers = [say(system, {"action": "pong"}) for _ in range(RATE_MESSAGES + 2)]
    assert answers[:-1] == [None] * (RATE_MESSAGES + 1)
    assert answers[-1] is not None
    assert answers[-1]["data"]["code"] == "rate_limited"


def test_an_error_answer_has_the_code_the_words_and_the_request_id(system: FakeSystem) -> None:
    system.online("a")
    kind, data = asked(system, {"action": "subscribe", "channel": "jbos", "request_id": "r"})
    assert kind == "system.error"
    assert data.keys() == {"code", "message", "request_id"}
    assert (data["code"], data["request_id"]) == ("unknown_channel", "r")


def test_a_message_names_no_other_user_and_no_other_connection(system: FakeSystem) -> None:
    system.online("a", user_id="ann")
    system.online("b", user_id="bob")
    say(system, {"action": "subscribe", "channel": "jobs", "user_id": "bob", "connection_id": "b"})
    assert system.tables.topics_of("b") == {"*", "@user:bob"}
    assert system.tables.topics_of("a") == {"*", "@user:ann", "jobs"}


def test_messages_beyond_the_rate_are_refused_and_told_when_to_come_back(system: FakeSystem) -> None:
    system.online("a")
    for _ in range(RATE_MESSAGES):
        assert asked(system, {"action": "ping"})[0] == "system.pong"
    kind, data = asked(system, {"action": "subscribe", "channel": "jobs", "request_id": "r"})
    assert (kind, data["code"], data["request_id"]) == ("system.error", "rate_limited", "r")
    assert system.tables.topics_of("a") == {"*"}
    system.clock.advance(data["retry_after_seconds"])
    assert asked(system, {"action": "ping"})[0] == "system.pong"
    assert system.queue.messages == []


def test_what_cannot_be_read_counts_too(system: FakeSystem) -> None:
    system.online("a")
    codes = [asked(system, "nonsense")[1]["code"] for _ in range(RATE_MESSAGES + 1)]
    assert codes == ["invalid_json"] * RATE_MESSAGES + ["rate_limited"]


def test_one_connection_at_its_limit_leaves_the_others_theirs(system: FakeSystem) -> None:
    system.online("a")
    system.online("b")
    for _ in range(RATE_MESSAGES + 1):
        say(system, {"action": "ping"})
    assert asked(system, {"action": "ping"}, connection_id="b")[0] == "system.pong"


def test_who_goes_on_after_being_refused_is_closed_once(system: FakeSystem) -> None:
    system.online("a")
    for _ in range(RATE_MESSAGES + RATE_STRIKES - 1):
        say(system, {"action": "ping"})
    assert system.queue.messages == []
    for _ in range(50):
        assert asked(system, {"action": "ping"})[1]["code"] == "rate_limited"
    assert system.queue.take_all() == [Close(connection_id="a")]


def test_a_pause_wipes_the_strikes_out(system: FakeSystem) -> None:
    system.online("a")
    for _ in range(RATE_STRIKES * 2):
        for _ in range(RATE_MESSAGES + 1):
            say(system, {"action": "ping"})
        system.clock.advance(2 * RATE_WINDOW_SECONDS)
    assert system.queue.messages == []


@pytest.mark.parametrize(
    "message",
    [
        {"action": "ping"},
        {"action": "subscribe", "channel": "jobs"},
        {"action": "unsubscribe", "channel": "jobs"},
        {"action": "list_channels"},
        "nonsense",
    ],
    ids=["ping", "subscribe", "unsubscribe", "list", "nonsense"],
)
def test_a_connection_whose_row_is_gone_is_told_and_ended(system: FakeSystem, message: Any) -> None:
    kind, data = asked(system, message, connection_id="ghost")
    assert (kind, data["code"]) == ("system.error", "internal_error")
    assert "connect again" in data["message"]
    assert system.queue.take_all() == [Close(connection_id="ghost")]
    assert system.tables.topics == {}


def test_a_subscription_undone_meanwhile_is_not_acknowledged(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.online("a")
    add_to_topic = system.admission.add_to_topic

    def overtaken(*args: Any, **kwargs: Any) -> Any:
        system.registry.remove("a")
        return add_to_topic(*args, **kwargs)

    monkeypatch.setattr(system.admission, "add_to_topic", overtaken)
    kind, data = asked(system, {"action": "subscribe", "channel": "jobs", "request_id": "r"})
    assert (kind, data["code"], data["request_id"]) == ("system.error", "internal_error", "r")
    assert system.tables.topics == {}


def test_a_flood_costs_no_writes_once_its_end_is_decided(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.online("a")
    counted: list[str] = []
    admit = system.admission.admit

    def counting(connection_id: str, **kwargs: Any) -> Any:
        counted.append(connection_id)
        return admit(connection_id, **kwargs)

    monkeypatch.setattr(system.admission, "admit", counting)
    for _ in range(1000):
        say(system, {"action": "ping"})
    assert len(counted) == RATE_MESSAGES + RATE_STRIKES


def test_a_connection_that_could_not_be_closed_is_counted_and_closed_anew(system: FakeSystem) -> None:
    system.online("a")
    for _ in range(2):
        for _ in range(RATE_MESSAGES + RATE_STRIKES):
            say(system, {"action": "ping"})
        system.clock.advance(61)
    assert system.queue.take_all() == [Close(connection_id="a")] * 2


def test_one_pong_in_ten_is_written_down(system: FakeSystem) -> None:
    system.online("a")
    row = system.tables.connections["a"]
    traces = set()
    for _ in range(40):
        system.clock.advance(30)
        assert say(system, {"action": "pong"}) is None
        traces.add(row.last_seen)
    assert len(traces - {None}) == 4


def test_a_pong_of_a_connection_that_is_not_known_ends_it(system: FakeSystem) -> None:
    for _ in range(10):
        system.clock.advance(30)
        say(system, {"action": "pong"})
    assert [message.kind for message in system.queue.take_all()] == ["close"]
