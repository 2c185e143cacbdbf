"""How connections end: with their token, by a newer one's leave, by revocation."""

import json
from typing import Any

import pytest

from shared.domain.deliveries import Close, Expiry
from shared.domain.errors import ErrorCode
from shared.domain.limits import SQS_DELAY_SECONDS
from tests.fakes.catalog import Channel
from tests.fakes.system import JWT, FakeSystem
from tests.unit.app.test_connect import connect, token_for


@pytest.fixture
def system() -> FakeSystem:
    return FakeSystem(**JWT)


def join(system: FakeSystem, *, seconds: float, user_id: str = "ann", connection_id: str = "a") -> float:
    """A connection whose token ends after so many seconds; returns the moment."""
    end = system.clock.now() + seconds
    token = token_for(system, user_id, exp=end)
    connect(system, {"token": token, "channels": "jobs"}, connection_id=connection_id)
    system.sender.open.add(connection_id)
    return end


def pass_time(system: FakeSystem, *, until: float) -> None:
    """Deliver everything that is due, each at its moment."""

    def wait(seconds: float) -> None:
        system.queue.messages = [
            (one, max(0, round(delay - seconds))) for one, delay in system.queue.messages
        ]
        system.clock.advance(seconds)

    while system.queue.messages:
        number = min(range(len(system.queue.messages)), key=lambda one: system.queue.messages[one][1])
        delivery, delay_seconds = system.queue.messages[number]
        if system.clock.now() + delay_seconds > until:
            break
        del system.queue.messages[number]
        wait(delay_seconds)
        system.app.deliver(delivery, lease=system.lease)
    wait(max(0.0, until - system.clock.now()))


def codes(system: FakeSystem, connection_id: str = "a") -> list[str | None]:
    return [message["data"].get("code") for message in system.sender.received[connection_id]]


def test_a_connection_is_told_a_minute_before_its_token_ends_and_closed_then(system: FakeSystem) -> None:
    end = join(system, seconds=600)
    pass_time(system, until=end - 61)
    assert codes(system) == [None]
    pass_time(system, until=end - 59)
    assert codes(system) == [None, "token_expiring"]
    assert system.sender.closed == []
    pass_time(system, until=end)
    assert codes(system) == [None, "token_expiring", "token_expired"]
    assert system.sender.closed == ["a"]


def test_the_notice_is_one_that_the_guides_clients_show(system: FakeSystem) -> None:
    end = join(system, seconds=100)
    pass_time(system, until=end - 50)
    notice = system.sender.received["a"][-1]
    assert notice["type"] == "system.notification"
    assert notice["data"].keys() >= {"message", "severity", "action_required"}


def test_a_token_that_lasts_longer_than_the_queue_holds_goes_round(system: FakeSystem) -> None:
    end = join(system, seconds=6000)
    assert max(delay for _, delay in system.queue.messages) == SQS_DELAY_SECONDS
    pass_time(system, until=end - 61)
    assert codes(system) == [None]
    pass_time(system, until=end)
    assert system.sender.closed == ["a"]


def test_no_event_reaches_a_connection_whose_token_has_ended_even_if_the_close_is_late(
    system: FakeSystem,
) -> None:
    end = join(system, seconds=600)
    system.clock.advance(end - system.clock.now())
    data = {"job_id": 1, "company": "c", "job_title": "t", "location": "l", "source": "s"}
    system.app.publish(system.event("job.created", data), lease=system.lease)
    assert "job.created" not in system.sender.types_at("a")


def say(system: FakeSystem, connection_id: str = "a", **message: Any) -> dict[str, Any]:
    """What a client that has had its welcome says, and the answer."""
    system.greetings.done(connection_id)
    answer = system.app.message(connection_id, json.dumps(message))
    assert answer is not None
    said: dict[str, Any] = json.loads(answer.to_json())
    return said


def test_a_message_after_the_end_is_refused_and_the_close_asked_for_again(system: FakeSystem) -> None:
    end = join(system, seconds=600)
    system.queue.take_all()
    system.clock.advance(end - system.clock.now())
    assert say(system, action="subscribe", channel="jobs", request_id="r")["data"]["code"] == "token_expired"
    assert system.queue.take_all() == [Close(connection_id="a")]


def test_a_new_token_renews_the_connection_and_its_grants(system: FakeSystem) -> None:
    first = join(system, seconds=600)
    later = first + 1000
    token = token_for(system, "ann", exp=later, channels=["jobs", "skills"])
    answer = say(system, action="authenticate", token=token, request_id="r")
    assert answer["type"] == "system.authenticated"
    assert answer["data"] == {
        "user_id": "ann",
        "channels": ["jobs"],
        "authentication": "jwt",
        "token_expires_at": "2025-11-14T15:26:40Z",
        "request_id": "r",
    }
    pass_time(system, until=first + 10)
    assert system.sender.closed == []
    assert say(system, action="subscribe", channel="system")["data"]["code"] == "forbidden_channel"
    pass_time(system, until=later)
    assert system.sender.closed == ["a"]


def test_a_new_token_that_grants_less_takes_channels_away(system: FakeSystem) -> None:
    join(system, seconds=600)
    answer = say(system, action="authenticate", token=token_for(system, "ann", channels=["skills"]))
    assert answer["data"]["channels"] == []
    assert system.tables.topics_of("a") == {"*", "@user:ann"}


@pytest.mark.parametrize(
    ("user_id", "claims"),
    [("bob", {}), ("ann", {"exp": 1}), ("ann", {"aud": "other"}), ("ann", {"iat": 1_763_132_400.0 - 100})],
    ids=["another user", "expired", "for others", "revoked"],
)
def test_a_token_that_is_no_good_changes_nothing(
    system: FakeSystem, user_id: str, claims: dict[str, Any]
) -> None:
    end = join(system, seconds=600)
    system.access.revoke("ann", at=system.clock.now() - 50)
    answer = say(system, action="authenticate", token=token_for(system, user_id, **claims), request_id="r")
    assert (answer["data"]["code"], answer["data"]["request_id"]) == ("authentication_failed", "r")
    connection = system.tables.connections["a"].connection
    assert (connection.user_id, connection.valid_until) == ("ann", end)


def test_where_authentication_is_off_a_token_is_not_needed_and_says_so() -> None:
    system = FakeSystem()
    system.online("a", user_id="ann")
    answer = say(system, action="authenticate", token="whatever")
    assert answer["data"]["authentication"] == "none"
    assert system.tables.connections["a"].connection.user_id == "ann"


def revoke(system: FakeSystem, **detail: Any) -> Any:
    return system.app.revoke(system.event("user.revoked", {}, **detail))


def test_a_revoked_user_is_told_and_all_its_connections_end(system: FakeSystem) -> None:
    for name in ("a", "b"):
        join(system, seconds=600, connection_id=name)
    join(system, seconds=600, user_id="bob", connection_id="c")
    system.queue.take_all()
    system.greetings.done("a")
    system.sender.open.add("b")
    assert revoke(system, user_id="ann").result == "revoked"
    assert set(system.tables.connections) == {"c"}
    system.drain()
    assert set(system.sender.closed) == {"a", "b"}
    assert codes(system) == ["revoked"]
    # The reason would have been its first message.
    assert codes(system, "b") == []
    assert say(system, connection_id="c", action="ping")["type"] == "system.pong"


def test_who_was_revoked_does_not_come_in_again_with_what_it_had(system: FakeSystem) -> None:
    revoke(system, user_id="ann")
    join(system, seconds=600)
    assert not system.tables.connections


@pytest.mark.parametrize("detail", [{}, {"user_id": ""}, {"user_id": "ann", "users": "all"}])
def test_a_revocation_of_nobody_is_kept_with_the_reason(system: FakeSystem, detail: dict[str, Any]) -> None:
    join(system, seconds=600)
    assert revoke(system, **detail).reasons
    assert len(system.rejections.kept) == 1
    assert set(system.tables.connections) == {"a"}


def test_clients_never_see_a_revocation(system: FakeSystem) -> None:
    system.online("x", *Channel)
    system.app.publish(system.event("user.revoked", {}, user_id="ann"), lease=system.lease)
    assert system.sender.received["x"] == []


def test_the_end_of_a_connection_that_left_concerns_nobody(system: FakeSystem) -> None:
    delivery = Expiry(connection_id="gone", valid_until=system.clock.now())
    assert system.app.deliver(delivery, lease=system.lease).result == "gone"
    close = Close(connection_id="gone", because=ErrorCode.REVOKED)
    assert system.app.deliver(close, lease=system.lease).result == "closed"
