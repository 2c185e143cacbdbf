"""What comes from the delivery queue, other than planned messages."""

import pytest

from shared.domain.deliveries import Close, Heartbeat, Welcome
from shared.domain.handshake import Handshake
from shared.domain.target import Outcome
from tests.fakes.catalog import Channel
from tests.fakes.system import FakeSystem


def connect(system: FakeSystem, query: dict[str, str]) -> None:
    asked = {name: (value,) for name, value in query.items()}
    system.app.connect(Handshake(connection_id="a", connected_at=system.clock.now(), query=asked))


def test_the_welcome_arrives_once_and_says_what_the_contract_says(system: FakeSystem) -> None:
    connect(system, {"user_id": "user123", "channels": "jobs, applications,jobs"})
    system.sender.open.add("a")
    [greeting] = system.queue.take_all()
    for _ in range(3):
        system.app.deliver(greeting, lease=system.lease)
    [welcome] = system.sender.received["a"]
    assert welcome["type"] == "system.connected"
    expected = {
        "connection_id": "a",
        "user_id": "user123",
        "channels": ["jobs", "applications"],
        "message": "Connected to WebSocket server",
        "timestamp": "2025-11-14T15:00:00Z",
        "heartbeat_seconds": 30,
        "expires_at": "2025-11-14T17:00:00Z",
    }
    assert expected.items() <= welcome["data"].items()


def test_a_welcome_waits_for_the_handshake_to_finish(system: FakeSystem) -> None:
    connect(system, {})
    system.sender.open.add("a")
    system.sender.planned["a"] = [Outcome.GONE, Outcome.GONE]
    system.drain()
    assert system.sender.types_at("a") == ["system.connected"]
    assert system.tables.connections.keys() == {"a"}


def test_a_connection_whose_handshake_never_finished_is_removed(system: FakeSystem) -> None:
    connect(system, {"channels": "jobs", "user_id": "user123"})
    system.drain()
    assert system.tables.connections == {}
    assert system.tables.topics == {}


@pytest.mark.parametrize(
    ("asked", "announced"),
    [(None, 30), ("", 30), ("30", 30), ("100", 300), ("300", 300), ("540", 540)],
)
def test_the_welcome_announces_the_interval_that_the_connection_has(
    system: FakeSystem, asked: str | None, announced: int
) -> None:
    connect(system, {} if asked is None else {"heartbeat": asked})
    system.sender.open.add("a")
    system.drain()
    [welcome] = system.sender.received["a"]
    assert welcome["data"]["heartbeat_seconds"] == announced
    assert system.tables.topics_of("a") == {"*" if announced == 30 else f"*{announced}"}


def test_an_interval_that_is_none_gets_the_stages_and_is_told(system: FakeSystem) -> None:
    connect(system, {"heartbeat": "5"})
    system.sender.open.add("a")
    system.drain()
    welcome, error = system.sender.received["a"]
    assert welcome["data"]["heartbeat_seconds"] == 30
    assert error["data"]["code"] == "invalid_message"
    assert "from 30 to 540" in error["data"]["message"]


def test_unknown_channels_are_named_after_the_welcome(system: FakeSystem) -> None:
    connect(system, {"channels": "jobs,jbos,<b>"})
    system.sender.open.add("a")
    system.drain()
    assert system.sender.types_at("a") == ["system.connected", "system.error"]
    welcome, error = system.sender.received["a"]
    assert welcome["data"]["channels"] == ["jobs"]
    assert error["data"]["code"] == "unknown_channel"
    assert "'jbos'" in error["data"]["message"]
    assert "interviews" in error["data"]["message"]


def test_a_ping_reaches_every_connection_once(system: FakeSystem) -> None:
    system.online("a")
    system.online("b", Channel.JOBS)
    beat = Heartbeat(due_at=int(system.clock.now()))
    for _ in range(2):
        system.app.deliver(beat, lease=system.lease)
    for name in ("a", "b"):
        [ping] = system.sender.received[name]
        assert ping == {
            "type": "system.ping",
            "data": {"timestamp": "2025-11-14T15:00:00Z", "heads": {}},
            "timestamp": "2025-11-14T15:00:00Z",
        }


def test_a_ping_that_comes_after_the_next_is_not_sent(system: FakeSystem) -> None:
    system.online("a")
    beat = Heartbeat(due_at=int(system.clock.now()) - 30)
    system.app.deliver(beat, lease=system.lease)
    assert system.sender.received["a"] == []


def test_a_ping_that_cannot_be_delivered_is_not_kept_for_later(system: FakeSystem) -> None:
    system.online("a")
    system.sender.planned["a"] = [Outcome.THROTTLED] * 10
    system.app.deliver(Heartbeat(due_at=int(system.clock.now())), lease=system.lease)
    assert system.queue.messages == []
    assert system.tables.connections.keys() == {"a"}


@pytest.mark.parametrize("times", [1, 2])
def test_a_connection_can_be_closed_twice(system: FakeSystem, times: int) -> None:
    system.online("a")
    for _ in range(times):
        system.app.deliver(Close(connection_id="a"), lease=system.lease)
    assert "a" not in system.sender.open


def test_a_welcome_for_a_connection_that_left_is_dropped(system: FakeSystem) -> None:
    connect(system, {})
    system.app.disconnect("a")
    system.app.deliver(Welcome(connection_id="a"), lease=system.lease)
    assert system.sender.received["a"] == []
