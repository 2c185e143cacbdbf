"""Nothing comes before the welcome, nothing is lost by that, and nobody waits for it for ever."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from shared.domain.connection import Connection
from shared.domain.deliveries import DirectPost, Welcome
from shared.domain.limits import RATE_MESSAGES, YOUNG_SECONDS
from tests.fakes.catalog import Channel
from tests.fakes.payloads import PAYLOADS
from tests.fakes.system import FakeSystem

EVENT = "job.created"


def join(system: FakeSystem, *, age_seconds: float = 0.0) -> Connection:
    """A connection with its row that has not had its welcome."""
    connection = Connection(
        connection_id="a",
        user_id="ann",
        channels=frozenset({Channel.JOBS}),
        connected_at=system.clock.now() - age_seconds,
    )
    system.registry.add(connection)
    system.sender.open.add("a")
    return connection


def publish(system: FakeSystem, **detail: Any) -> None:
    system.app.publish(system.event(EVENT, PAYLOADS[EVENT], **detail), lease=system.lease)


def say(system: FakeSystem, body: str) -> None:
    """The answer that the function gives now reaches the client at once."""
    answer = system.app.message("a", body)
    if answer is not None:
        system.sender.received["a"].append(json.loads(answer.to_json()))


def flood(system: FakeSystem) -> None:
    for _ in range(RATE_MESSAGES + 1):
        say(system, '{"action":"ping"}')


def greet(system: FakeSystem) -> None:
    system.app.deliver(Welcome(connection_id="a"), lease=system.lease)


@pytest.mark.parametrize(
    ("early", "heard"),
    [
        (publish, [EVENT]),
        (lambda system: publish(system, user_id="ann"), [EVENT]),
        (lambda system: say(system, '{"action":"list_channels"}'), ["system.channels"]),
        (lambda system: say(system, '{"action":"subscribe","channel":"skills"}'), ["system.subscribed"]),
        (lambda system: say(system, '{"action":"nonsense"}'), ["system.error"]),
        (lambda system: say(system, "{"), ["system.error"]),
        (flood, [*["system.pong"] * RATE_MESSAGES, "system.error"]),
    ],
    ids=["event", "event to a user", "list", "subscribe", "unknown action", "unreadable", "over the rate"],
)
def test_what_is_early_comes_after_the_welcome(
    system: FakeSystem, early: Callable[[FakeSystem], None], heard: list[str]
) -> None:
    join(system)
    early(system)
    assert system.sender.types_at("a") == []
    # Tried before the welcome has arrived, too.
    waiting = system.queue.take_all()
    for delivery in waiting:
        system.app.deliver(delivery, lease=system.lease)
    assert system.sender.types_at("a") == []
    greet(system)
    system.drain()
    assert system.sender.types_at("a") == ["system.connected", *heard]
    assert system.rejections.kept == []


@pytest.mark.parametrize("greeted", [True, False])
@pytest.mark.parametrize("age_seconds", [0.0, YOUNG_SECONDS - 1, YOUNG_SECONDS])
def test_who_was_greeted_and_who_is_not_young_hears_at_once(
    system: FakeSystem, age_seconds: float, *, greeted: bool
) -> None:
    join(system, age_seconds=age_seconds)
    if greeted:
        system.greetings.done("a")
    publish(system)
    say(system, '{"action":"list_channels"}')
    at_once = greeted or age_seconds >= YOUNG_SECONDS
    assert system.sender.types_at("a") == ([EVENT, "system.channels"] if at_once else [])


def test_the_first_wait_is_a_second_for_events_and_for_answers(system: FakeSystem) -> None:
    join(system)
    publish(system)
    say(system, '{"action":"list_channels"}')
    assert sorted(delay_seconds for _, delay_seconds in system.queue.messages) == [0, 1]
    [answer] = [one for one, _ in system.queue.messages if isinstance(one, DirectPost)]
    system.queue.take_all()
    system.app.deliver(answer, lease=system.lease)
    assert [delay_seconds for _, delay_seconds in system.queue.messages] == [1]


@pytest.mark.parametrize("early", [publish, lambda system: say(system, '{"action":"list_channels"}')])
def test_without_a_welcome_it_comes_when_the_connection_is_no_longer_young(
    system: FakeSystem, early: Callable[[FakeSystem], None]
) -> None:
    connection = join(system)
    early(system)
    system.drain()
    assert len(system.sender.received["a"]) == 1
    assert YOUNG_SECONDS <= system.clock.now() - connection.connected_at < 2 * YOUNG_SECONDS


def test_others_do_not_wait_for_one_that_was_not_greeted(system: FakeSystem) -> None:
    system.online("b", Channel.JOBS)
    join(system)
    publish(system)
    assert (system.sender.types_at("a"), system.sender.types_at("b")) == ([], [EVENT])
    greet(system)
    system.drain()
    receipt = system.history.receipt("e-1")
    assert (receipt.matched, receipt.delivered, receipt.waiting) == (2, 2, 0)
    assert system.sender.types_at("b") == [EVENT]
