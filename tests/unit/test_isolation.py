"""Another user's events, by every road there is: none leads there."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from shared.domain.connection import Connection
from shared.domain.handshake import Handshake
from tests.fakes import shop
from tests.fakes.catalog import Channel
from tests.fakes.payloads import PAYLOADS
from tests.fakes.system import JWT, FakeSystem

ALL = ",".join(Channel)


@pytest.fixture
def system() -> FakeSystem:
    """Ann and Eve are connected, each by her own token, and hear every channel."""
    system = FakeSystem(**JWT)
    for name in ("ann", "eve"):
        connect(system, name, token=token_of(system, name), channels=ALL)
        system.sender.open.add(name)
    system.drain()
    return system


def token_of(system: FakeSystem, subject: str, /, **claims: Any) -> str:
    now = system.clock.now()
    said = {
        "iss": JWT["auth_issuer"],
        "aud": JWT["auth_audience"],
        "sub": subject,
        "iat": now,
        "exp": now + 9000,
    }
    text = f"{subject} {len(system.tokens.signed)}"
    system.tokens.signed[text] = said | claims
    return text


def connect(system: FakeSystem, connection_id: str, **query: str | tuple[str, ...]) -> bool:
    asked = {name: value if isinstance(value, tuple) else (value,) for name, value in query.items()}
    handshake = Handshake(connection_id=connection_id, connected_at=system.clock.now(), query=asked)
    return isinstance(system.app.connect(handshake), Connection)


def say(system: FakeSystem, sender: str, /, **message: Any) -> None:
    system.app.message(sender, json.dumps(message))


def tell_ann(system: FakeSystem) -> None:
    for number, (event_type, data) in enumerate(PAYLOADS.items()):
        event = system.event(event_type, data, event_id=f"secret-{number}", user_id="ann")
        system.app.publish(event, lease=system.lease)
        system.app.plan(event)
    system.drain()


def by_user_id_in_the_query(system: FakeSystem) -> None:
    assert not connect(system, "eve-2", token=token_of(system, "eve"), user_id="ann", channels=ALL)
    assert not connect(system, "eve-2", token=token_of(system, "eve"), user_id=("ann", "eve"), channels=ALL)
    system.sender.open.add("eve-2")


def by_topic_as_channel(system: FakeSystem) -> None:
    connect(system, "eve-2", token=token_of(system, "eve"), channels="@user:ann,*,@user:ann#0,jobs#0")
    system.sender.open.add("eve-2")


def by_message(system: FakeSystem) -> None:
    for channel in ("@user:ann", "*", "jobs#0", "jobs"):
        say(system, "eve", action="subscribe", channel=channel, user_id="ann", connection_id="ann")


def by_a_user_id_that_looks_like_anns(system: FakeSystem) -> None:
    for number, user_id in enumerate(
        ("ann#0", "ann#", "Ann", "ann ", " ann", "@user:ann", "ann\x00", "ann\u200b")
    ):
        connect(system, f"eve-{number}", token=token_of(system, user_id), channels=ALL)
        system.sender.open.add(f"eve-{number}")


def by_renewing_with_anns_token(system: FakeSystem) -> None:
    say(system, "eve", action="authenticate", token=token_of(system, "ann"))


def by_renewing_with_her_own_token_that_names_ann(system: FakeSystem) -> None:
    say(system, "eve", action="authenticate", token=token_of(system, "eve", user_id="ann"), user_id="ann")


def by_anns_connection_id_after_her_connection_was_lost(system: FakeSystem) -> None:
    system.clock.advance(1)
    connect(system, "ann", token=token_of(system, "eve"), channels=ALL)
    system.sender.received["ann"].clear()


def by_a_moved_schedule(system: FakeSystem) -> None:
    """The producer plans for Ann, and then for Eve under the same key: Eve's replaces Ann's, whole."""
    later = "2025-11-14T15:05:00Z"
    for user_id, text in (("ann", "for ann"), ("eve", "for eve")):
        data = {"message": text, "severity": "info", "action_required": False}
        detail = {"user_id": user_id, "deliver_at": later, "schedule_key": "k"}
        event = system.event("system.notification", data, event_id=f"for-{user_id}", **detail)
        system.app.plan(event)
        system.clock.advance(1)
    system.clock.advance(400)
    system.app.tick(deadline=system.deadline)
    system.drain()
    assert "for ann" not in str(system.sender.received["eve"])


def by_moving_anns_interview(system: FakeSystem) -> None:
    data = PAYLOADS["interview.updated"] | {"scheduled_date": "2025-11-14T16:00:00Z"}
    system.app.plan(system.event("interview.scheduled", PAYLOADS["interview.scheduled"], user_id="ann"))
    system.app.plan(system.event("interview.updated", data, event_id="e-2", user_id="eve"))
    keys = [key for key in system.schedule.rows if "@ann" in key]
    assert keys


def by_a_ticket_shown_twice(system: FakeSystem) -> None:
    ticket = system.access.issue("ann", now=system.clock.now())
    assert connect(system, "ann-2", ticket=ticket)
    assert not connect(system, "eve-2", ticket=ticket, channels=ALL)
    system.sender.open.add("eve-2")


def by_names_that_look_like_another_channel(system: FakeSystem) -> None:
    """Where channels have no parameters, a slash leads nowhere."""
    for channel in ("jobs/", "jobs/*", "*", "*/*", "jobs/@user:ann", "@user:ann/*", "jobs/ann", "../jobs"):
        say(system, "eve", action="subscribe", channel=channel)


def by_asking_for_anns_inbox(system: FakeSystem) -> None:
    tell_ann(system)
    system.sender.received["eve"].clear()
    for message in (
        {"action": "inbox"},
        {"action": "inbox", "user_id": "ann", "stream": "user#ann", "before": 99},
        {"action": "seen", "inbox": 99},
        {"action": "seen", "inbox": 1, "user_id": "ann"},
    ):
        answer = system.app.message("eve", json.dumps(message))
        assert answer is not None
        assert "secret-" not in answer.to_json()
        assert answer.data.get("last", 0) == 0
    system.drain()
    # Ann's cursor stands where it stood, and nothing told her devices otherwise.
    assert system.inbox.standing("ann").seen == 0
    assert not [one for one in system.sender.received["ann"] if one["type"] == "system.seen"]
    assert system.inbox.standing("ann").last > 0


ROADS: list[Callable[[FakeSystem], None]] = [
    by_user_id_in_the_query,
    by_topic_as_channel,
    by_message,
    by_names_that_look_like_another_channel,
    by_a_user_id_that_looks_like_anns,
    by_renewing_with_anns_token,
    by_renewing_with_her_own_token_that_names_ann,
    by_anns_connection_id_after_her_connection_was_lost,
    by_a_moved_schedule,
    by_moving_anns_interview,
    by_a_ticket_shown_twice,
    by_asking_for_anns_inbox,
]


@pytest.mark.parametrize("road", ROADS, ids=lambda road: road.__name__)
def test_no_road_leads_to_another_users_events(
    system: FakeSystem, road: Callable[[FakeSystem], None]
) -> None:
    road(system)
    hers = set(system.sender.open) - {"ann"}
    if road is by_anns_connection_id_after_her_connection_was_lost:
        hers.add("ann")
    tell_ann(system)
    for connection_id in hers:
        for message in system.sender.received[connection_id]:
            assert not str(message.get("id", "")).startswith("secret-"), road.__name__


def test_the_events_do_reach_ann(system: FakeSystem) -> None:
    """Else the roads above would prove nothing."""
    tell_ann(system)
    heard = {message.get("id") for message in system.sender.received["ann"]}
    assert len([one for one in heard if str(one).startswith("secret-")]) > 10


def test_rows_past_their_time_reach_nobody(system: FakeSystem) -> None:
    """DynamoDB deletes expired rows days late; there is no index that could lag behind, either."""
    eve = system.tables.connections["eve"].connection
    system.clock.advance(eve.row_expires_at - system.clock.now())
    system.sender.received.clear()
    event = system.event("job.created", PAYLOADS["job.created"], user_id="eve")
    system.app.publish(event, lease=system.lease)
    assert system.sender.received["eve"] == []


@pytest.fixture
def shops() -> FakeSystem:
    """Ann hears her order and her team; Eve's token grants her own order and her own team."""
    system = FakeSystem(catalog=shop.catalog, **JWT)
    for name, order, team in (("ann", "42", "red"), ("eve", "43", "blue")):
        token = token_of(system, name, channels=[f"orders/{order}"], teams=[team])
        assert connect(system, name, token=token, channels=f"orders/{order},teams/{team}")
        system.sender.open.add(name)
    system.drain()
    return system


def by_subscribing_to(system: FakeSystem) -> None:
    for channel in HERS:
        say(system, "eve", action="subscribe", channel=channel)


def by_connecting_with(system: FakeSystem) -> None:
    token = token_of(system, "eve", channels=["orders/43"], teams=["blue"])
    connect(system, "eve-2", token=token, channels=",".join(HERS))
    system.sender.open.add("eve-2")


def by_grants_that_mean_something_else(system: FakeSystem) -> None:
    theirs = ("orders/*", "*/*", "teams/*")
    others = ("orders/4", "ORDERS/42", "order/*", "orders/*2", "!orders/43", "!*", "!!orders/42")
    for number, grant in enumerate((*(one for one in HERS[2:] if one not in theirs), *others)):
        token = token_of(system, "eve", channels=[grant], teams=["blue", "RED", "re", "red "])
        connect(system, f"eve-{number}", token=token, channels=",".join(HERS))
        system.sender.open.add(f"eve-{number}")


def by_a_denial_beside_a_grant(system: FakeSystem) -> None:
    grants = ["orders/*", "orders/42", "!orders/42", "teams/*", "!teams/*", "teams/red"]
    connect(system, "eve-2", token=token_of(system, "eve", channels=grants, teams=["red"]))
    system.sender.open.add("eve-2")
    for channel in HERS:
        say(system, "eve-2", action="subscribe", channel=channel)


def by_claims_that_break_the_rule(system: FakeSystem) -> None:
    for number, teams in enumerate((None, 5, {}, {"blue": "red"}, "blue", ["blue", ["red"]])):
        token = token_of(system, "eve", channels=[], teams=teams)
        connect(system, f"eve-{number}", token=token, channels=",".join(HERS))
        system.sender.open.add(f"eve-{number}")
        say(system, f"eve-{number}", action="subscribe", channel="teams/red")


def by_renewing_with_less(system: FakeSystem) -> None:
    """She had been allowed to hear both."""
    for channels in (["orders/*", "teams/*"], ["orders/43"]):
        token = token_of(system, "eve", channels=channels, iat=system.clock.now() + 1)
        say(system, "eve", action="authenticate", token=token)
        for channel in HERS:
            say(system, "eve", action="subscribe", channel=channel)


HERS = (
    "orders/42",
    "teams/red",
    "orders/*",
    "orders/4*",
    "*",
    "*/*",
    "orders/{order_id}",
    "orders/42#0",
    "orders/43|orders/42",
    "orders//42",
    "orders/42/",
    "orders/%34%32",
    "teams/*",
)
ROADS_TO_CHANNELS: list[Callable[[FakeSystem], None]] = [
    by_subscribing_to,
    by_connecting_with,
    by_grants_that_mean_something_else,
    by_a_denial_beside_a_grant,
    by_claims_that_break_the_rule,
    by_renewing_with_less,
]


@pytest.mark.parametrize("user_id", [None, "ann"])
@pytest.mark.parametrize("road", ROADS_TO_CHANNELS, ids=lambda road: road.__name__)
def test_no_road_leads_to_a_channel_that_the_token_does_not_allow(
    shops: FakeSystem, road: Callable[[FakeSystem], None], user_id: str | None
) -> None:
    road(shops)
    to = {} if user_id is None else {"user_id": user_id}
    for name in ("order.shipped", "order.moved", "team.noted"):
        event = shops.event(name, shop.PAYLOADS[name], event_id=f"secret-{name}", **to)
        shops.app.publish(event, lease=shops.lease)
    shops.drain()
    assert len({str(one.get("id")) for one in shops.sender.received["ann"]} & SECRETS) == 3
    for connection_id in set(shops.sender.open) - {"ann"}:
        heard = {str(one.get("id")) for one in shops.sender.received[connection_id]}
        assert not heard & SECRETS, road.__name__
        row = shops.tables.connections[connection_id].connection
        assert not row.channels & {"orders/42", "teams/red"}, "nor does its row name one"


SECRETS = {f"secret-{name}" for name in shop.PAYLOADS}


def test_a_channel_that_nobody_may_hear_is_told_like_one_that_nobody_uses(shops: FakeSystem) -> None:
    """The answers tell nobody which orders there are."""
    answers = [
        shops.app.message("eve", json.dumps({"action": "subscribe", "channel": channel}))
        for channel in ("orders/42", "orders/1")
    ]
    there, not_there = (one.to_json().replace("42", "1") for one in answers if one is not None)
    assert there == not_there
