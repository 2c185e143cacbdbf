"""Channels with parameters, from a subscription to an event."""

import pytest

from shared.app.publish import Result
from tests.fakes import shop
from tests.fakes.system import FakeSystem


@pytest.fixture
def system() -> FakeSystem:
    return FakeSystem(catalog=shop.catalog)


def publish(system: FakeSystem, type_: str, *, event_id: str, **data: object) -> Result:
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
