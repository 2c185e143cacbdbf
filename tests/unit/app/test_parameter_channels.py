"""Channels with parameters, from a subscription to an event."""

import json
from typing import Any

import pytest

from shared.app.publish import Result
from shared.domain.connection import Connection
from shared.domain.errors import Refusal
from shared.domain.handshake import Handshake
from tests.fakes import shop
from tests.fakes.system import JWT, FakeSystem


@pytest.fixture
def system() -> FakeSystem:
    return FakeSystem(catalog=shop.catalog)


def publish(system: FakeSystem, type_: str, *, event_id: str, **data: object) -> str:
    event = system.event(type_, {**shop.PAYLOADS[type_], **data}, event_id=event_id)
    return system.app.publish(event, lease=system.lease).result


def test_an_event_reaches_those_of_its_own_channel_and_nobody_else(system: FakeSystem) -> None:
    system.online("mine", "orders/42")
    system.online("another's", "orders/43")
    assert publish(system, "order.shipped", event_id="1") is Result.SENT
    assert [one["channel"] for one in system.sender.received["mine"]] == ["orders/42"]
    assert not system.sender.received["another's"]


def test_events_of_two_channels_share_no_conflation_window(system: FakeSystem) -> None:
    system.online("a", "teams/red", "teams/blue")
    sent = [
        publish(system, "team.noted", event_id=str(number), team=team)
        for number, team in enumerate(["red", "blue", "red"])
    ]
    assert sent == [Result.SENT, Result.SENT, Result.HELD]
    system.drain()
    assert [one["channel"] for one in system.sender.received["a"]] == ["teams/red", "teams/blue", "teams/red"]


def test_a_planned_event_is_sent_to_its_own_channel(system: FakeSystem) -> None:
    system.online("mine", "orders/42")
    system.online("another's", "orders/43")
    event = system.event("order.shipped", {"order_id": "42"}, deliver_at="2025-11-14T15:01:00Z")
    system.app.plan(event)
    system.drain()
    assert [one["channel"] for one in system.sender.received["mine"]] == ["orders/42"]
    assert not system.sender.received["another's"]


def test_a_reminder_is_sent_to_its_own_channel(system: FakeSystem) -> None:
    system.online("mine", "orders/42")
    arrives_at = {"arrives_at": "2025-11-14T16:01:00Z"}
    system.app.plan(system.event("order.planned", {"order_id": "42", **arrives_at}))
    system.drain()
    assert [(one["type"], one["channel"]) for one in system.sender.received["mine"]] == [
        ("order.soon", "orders/42")
    ]


def test_a_users_event_reaches_that_users_devices_on_its_channel(system: FakeSystem) -> None:
    system.online("phone", "orders/42", user_id="ann")
    system.online("laptop", "orders/43", user_id="ann")
    system.online("bob's", "orders/42", user_id="bob")
    event = system.event("order.shipped", {"order_id": "42"}, user_id="ann")
    system.app.publish(event, lease=system.lease)
    assert {name for name, messages in system.sender.received.items() if messages} == {"phone"}


def say(system: FakeSystem, connection_id: str = "a", **message: Any) -> dict[str, Any]:
    answer = system.app.message(connection_id, json.dumps(message))
    assert answer is not None
    said: dict[str, Any] = json.loads(answer.to_json())["data"]
    return said


def test_a_connection_subscribes_lists_and_leaves(system: FakeSystem) -> None:
    system.online("a")
    system.online("b", "orders/42", "orders/7")
    subscribed = say(system, action="subscribe", channel="orders/42")
    assert subscribed == {
        "channel": "orders/42",
        "subscriber_count": 2,
        "streams": {"orders/42": {"epoch": "e0000", "offset": 0}},
    }
    say(system, action="subscribe", channel="news")
    assert say(system, action="list_channels") == {"channels": ["news", "orders/42"]}
    assert say(system, action="unsubscribe", channel="orders/42") == {"channel": "orders/42"}
    assert publish(system, "order.shipped", event_id="1") is Result.SENT
    assert not system.sender.received["a"]
    assert len(system.sender.received["b"]) == 1


KNOWN = "Known channels: news, orders/{order_id}, teams/{team}, system."
PATTERN = "A pattern is for a token's grants: subscribe to each channel by its own name."


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ("orders", f"Unknown channel 'orders'. {KNOWN}"),
        ("orders/4 2", f"Unknown channel 'orders/4 2'. {KNOWN}"),
        (
            "orders/*",
            f"Unknown channel 'orders/*'. {KNOWN} {PATTERN}",
        ),
        (
            "orders/{order_id}",
            f"Unknown channel 'orders/{{order_id}}'. {KNOWN} In place of {{…}} say a value.",
        ),
    ],
)
@pytest.mark.parametrize("action", ["subscribe", "unsubscribe"])
def test_what_is_no_channel_is_answered_with_what_there_is(
    system: FakeSystem, action: str, channel: str, words: str
) -> None:
    system.online("a")
    assert say(system, action=action, channel=channel) == {"code": "unknown_channel", "message": words}


def signed_in(*, channels_per_connection: int = 50, **claims: Any) -> tuple[FakeSystem, dict[str, Any]]:
    system = FakeSystem(catalog=shop.catalog, channels_per_connection=channels_per_connection, **JWT)
    return system, {"token": token(system, **claims)}


def token(system: FakeSystem, **claims: Any) -> str:
    text, now = f"token {len(system.tokens.signed)}", system.clock.now()
    about = {"iss": JWT["auth_issuer"], "aud": JWT["auth_audience"], "sub": "ann"}
    system.tokens.signed[text] = {**about, "iat": now + 1, "exp": now + 9000, **claims}
    return text


def connect(system: FakeSystem, **query: str) -> Connection | Refusal:
    asked = {name: (value,) for name, value in query.items()}
    handshake = Handshake(connection_id="a", connected_at=system.clock.now(), query=asked)
    system.sender.open.add("a")
    answer: Connection | Refusal = system.app.connect(handshake)
    system.drain()
    return answer


def errors(system: FakeSystem) -> dict[str, str]:
    found = [one["data"] for one in system.sender.received["a"] if one["type"] == "system.error"]
    return {one["code"]: one["message"] for one in found}


def test_a_connection_gets_of_what_it_asks_for_what_its_token_and_the_rules_allow() -> None:
    system, who = signed_in(channels="orders/* !orders/7", teams=["red"], email="ann@example.com")
    answer = connect(system, channels="orders/1,teams/red,orders/7,news,teams/blue,orders/*,x/1", **who)
    assert isinstance(answer, Connection)
    assert answer.channels == {"orders/1", "teams/red"}
    assert answer.claims == {"teams": ["red"]}
    assert errors(system) == {
        "forbidden_channel": "The token does not allow: orders/7, news, teams/blue.",
        "unknown_channel": f"Unknown channel 'orders/*', 'x/1'. {KNOWN} {PATTERN}",
    }


def test_a_ticket_says_as_much_as_a_token() -> None:
    system, _ = signed_in()
    ticket = system.access.issue(
        "ann", now=system.clock.now(), channels=["orders/*", "!orders/7"], claims={"teams": ["red"], "x": 1}
    )
    answer = connect(system, channels="orders/1,orders/7,teams/red,teams/blue", ticket=ticket)
    assert isinstance(answer, Connection)
    assert answer.channels == {"orders/1", "teams/red"}
    assert answer.claims == {"teams": ["red"]}


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        ("orders/1", None),
        ("orders/7", "forbidden_channel"),
        ("news", "forbidden_channel"),
        ("teams/red", None),
        ("teams/blue", "forbidden_channel"),
    ],
)
def test_a_subscription_is_answered_by_grants_and_rules(channel: str, code: str | None) -> None:
    system, who = signed_in(channels=["orders/*", "!orders/7"], teams=["red"])
    connect(system, **who)
    answer = say(system, action="subscribe", channel=channel)
    assert answer.get("code") == code
    assert say(system, action="list_channels")["channels"] == ([] if code else [channel])
    if code:
        assert answer["message"] == f"The token does not allow: {channel}."
    publish(system, "team.noted", event_id="1", team="blue")
    publish(system, "order.shipped", event_id="2", order_id="7")
    assert not [one for one in system.sender.received["a"] if one["type"] in shop.PAYLOADS]


def test_a_rule_that_raises_refuses_and_the_log_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logged: list[dict[str, Any]] = []
    for module in ("message", "connect"):
        monkeypatch.setattr(
            f"shared.app.{module}.logger.warning", lambda text, **more: logged.append({text: more})
        )
    system, who = signed_in()
    connect(system, channels="teams/red", **who)
    say(system, action="subscribe", channel="teams/blue")
    raised = "the rule of teams/{team} raised KeyError: 'teams'"
    assert logged == [
        {"channels refused": {"because": {"teams/red": raised}}},
        {"channel refused": {"channel": "teams/blue", "because": raised}},
    ]


def test_where_authentication_is_off_no_rule_is_asked(system: FakeSystem) -> None:
    assert isinstance(connect(system, channels="teams/red"), Connection)
    assert say(system, action="subscribe", channel="teams/blue")["subscriber_count"] == 1
    assert system.tables.connections["a"].connection.channels == {"teams/red", "teams/blue"}


def test_a_new_token_takes_a_connection_off_what_the_rules_no_longer_allow() -> None:
    system, who = signed_in(teams=["red", "blue"])
    connect(system, channels="teams/red,teams/blue,orders/1", **who)
    less = token(system, teams=["blue"], channels=["orders/*"])
    answer = say(system, action="authenticate", token=less)
    assert answer["channels"] == ["orders/1", "teams/blue"]
    publish(system, "team.noted", event_id="1", team="red")
    assert "team.noted" not in system.sender.types_at("a")


def test_claims_too_large_to_keep_refuse_the_connection_and_the_renewal() -> None:
    system, _ = signed_in()
    large = {"teams": ["t" * 60] * 100}
    assert connect(system, token=token(system, **large)) is Refusal.CLAIMS_TOO_LARGE
    connect(system, token=token(system))
    answer = say(system, action="authenticate", token=token(system, **large))
    assert answer["code"] == "authentication_failed"
    assert "too large to keep" in answer["message"]


def test_a_connection_has_so_many_channels_and_no_more() -> None:
    system, who = signed_in(channels_per_connection=3)
    connect(system, channels="orders/1,orders/2,orders/3,orders/4,news", **who)
    words = "A connection may have 3 channels. Not subscribed: {}."
    assert errors(system) == {"too_many_channels": words.format("orders/4, news")}
    answer = say(system, action="subscribe", channel="orders/5")
    assert answer == {"code": "too_many_channels", "message": words.format("orders/5")}
    assert say(system, action="subscribe", channel="orders/1")["subscriber_count"] == 1
    say(system, action="unsubscribe", channel="orders/1")
    assert "code" not in say(system, action="subscribe", channel="orders/5")


def test_the_sweep_finds_lost_rows_of_channels_that_somebody_living_has(system: FakeSystem) -> None:
    for number in range(3):
        system.online(f"lost-{number}", "orders/42", "orders/43", user_id="u")
        del system.tables.connections[f"lost-{number}"]
        # As when the crash came after the row among everybody's was gone.
        del system.tables.topics["*", f"lost-{number}"]
    system.online("here", "orders/42", "news")
    system.clock.advance(600)
    for _ in range(10):
        system.app.sweep(deadline=system.deadline)
    left = {(topic, one) for topic, one in system.tables.topics if topic.startswith("orders")}
    assert left == {("orders/42", "here"), *(("orders/43", f"lost-{number}") for number in range(3))}
    system.clock.advance(2 * 60 * 60)
    assert system.subscribers.count("orders/43", now=system.clock.now()) == 0, "they end by themselves"
