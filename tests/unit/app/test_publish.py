"""An event from the bus to its audience."""

import pytest

from shared.app.conflate import window_key
from shared.app.publish import Result
from shared.domain.intake import AcceptedEvent
from shared.domain.lease import Lease
from tests.fakes.catalog import CATALOG, Channel
from tests.fakes.payloads import PAYLOADS
from tests.fakes.system import FakeSystem
from tidings.catalog import Channel as ShopChannel
from tidings.catalog import Conflation, EventType, Payload


@pytest.mark.parametrize("name", sorted(name for name in PAYLOADS if CATALOG[name].channel is not None))
def test_every_event_type_reaches_a_subscriber_in_the_contracts_envelope(
    system: FakeSystem, name: str
) -> None:
    channel = CATALOG[name].channel
    assert channel is not None
    system.online("a", channel)
    published = system.app.publish(system.event(name, PAYLOADS[name]), lease=system.lease)
    assert published.result is Result.SENT
    assert system.sender.received["a"] == [
        {
            "type": name,
            "data": PAYLOADS[name],
            "timestamp": "2025-11-14T15:00:00Z",
            "id": "e-1",
            "channel": channel,
            "stream": channel,
            "epoch": "e0000",
            "offset": 1,
            "previous": 0,
        }
    ]


def test_a_users_event_reaches_that_users_devices_and_no_other(system: FakeSystem) -> None:
    system.online("phone", Channel.APPLICATIONS, user_id="user123")
    system.online("laptop", Channel.APPLICATIONS, user_id="user123")
    system.online("not subscribed", Channel.JOBS, user_id="user123")
    system.online("somebody else", Channel.APPLICATIONS, user_id="user456")
    system.online("nobody", Channel.APPLICATIONS)
    event = system.event(
        "application.status_changed", PAYLOADS["application.status_changed"], user_id="user123"
    )
    system.app.publish(event, lease=system.lease)
    assert {name for name, messages in system.sender.received.items() if messages} == {"phone", "laptop"}


def test_the_same_id_twice_is_delivered_once(system: FakeSystem) -> None:
    system.online("a", Channel.JOBS)
    for event_id in ("first", "second"):
        event = system.event("job.created", PAYLOADS["job.created"], event_id=event_id, id="mine")
        last = system.app.publish(event, lease=system.lease)
    assert last.result is Result.DUPLICATE
    assert len(system.sender.received["a"]) == 1


def test_an_event_whose_delivery_crashed_is_delivered_by_the_retry(system: FakeSystem) -> None:
    system.online("a", Channel.JOBS)
    system.history.claim("e-1", now=system.clock.now(), lease=Lease("me", system.clock.now() + 60))
    system.clock.advance(61)
    event = system.event("job.created", PAYLOADS["job.created"])
    assert system.app.publish(event, lease=system.lease).result is Result.SENT
    assert system.sender.types_at("a") == ["job.created"]


def test_an_invalid_event_is_kept_with_the_reasons_and_reaches_nobody(system: FakeSystem) -> None:
    system.online("a", Channel.JOBS)
    event = system.event("job.created", {"job_id": "42"})
    published = system.app.publish(event, lease=system.lease)
    assert published.result is Result.REJECTED
    [rejection] = system.rejections.kept
    assert rejection.kind == "invalid_event"
    assert any("detail.data.job_id" in reason for reason in rejection.reasons)
    assert rejection.content["detail"] == {"data": {"job_id": "42"}}
    assert system.sender.received["a"] == []


@pytest.mark.parametrize("name", ["followup.scheduled", "schedule.cancelled"])
def test_what_is_for_the_bus_only_is_not_shown_to_clients(system: FakeSystem, name: str) -> None:
    system.online("a", *Channel)
    event = system.event(name, PAYLOADS.get(name, {}), schedule_key="k")
    assert system.app.publish(event, lease=system.lease).result is Result.NOT_FOR_CLIENTS
    assert system.sender.received["a"] == []


def test_high_frequency_events_are_conflated_to_the_latest_of_a_window(system: FakeSystem) -> None:
    system.online("a", Channel.JOBS)
    for number in range(5):
        data = {**PAYLOADS["job.analyzing"], "progress": number}
        event = system.event("job.analyzing", data, event_id=f"e-{number}")
        system.app.publish(event, lease=system.lease)
        system.clock.advance(0.1)
    system.drain()
    assert [message["data"]["progress"] for message in system.sender.received["a"]] == [0, 4]


def test_a_type_without_a_key_is_conflated_for_each_audience(system: FakeSystem) -> None:
    system.online("a", Channel.RECOMMENDATIONS, user_id="user123")
    for number, user_id in enumerate(["user123", "user123", None, "user123"]):
        data = {**PAYLOADS["recommendations.updated"], "count": number}
        event = system.event("recommendations.updated", data, event_id=f"e-{number}", user_id=user_id)
        system.app.publish(event, lease=system.lease)
    system.drain()
    assert [message["data"]["count"] for message in system.sender.received["a"]] == [0, 2, 3]


def test_conflation_keeps_keys_and_users_apart(system: FakeSystem) -> None:
    system.online("a", Channel.JOBS, user_id="user123")
    for number, user_id in ((1, None), (2, None), (1, "user123")):
        data = {**PAYLOADS["job.analyzing"], "job_id": number}
        event = system.event("job.analyzing", data, event_id=f"{number}{user_id}", user_id=user_id)
        assert system.app.publish(event, lease=system.lease).result is Result.SENT


SHOP = ShopChannel("shop")


def test_the_window_of_each_user_and_key_has_a_name_of_its_own_that_fits_a_table() -> None:
    apart = [("a#b", "c"), ("a", "b#c"), ("a", "b"), ("a" * 256, "k"), ("a" * 256, "k" * 60_000)]
    names = {window_key(updated(user, key)) for user, key in apart}
    assert len(names) == len(apart)
    assert max(len(name or "") for name in names) < 500
    assert window_key(updated("ann", "42")) == "price.updated#ann#42"


def updated(user_id: str, key: str) -> AcceptedEvent:
    conflation = Conflation(window_seconds=2, key_field="key")
    declared = EventType(name="price.updated", payload=Payload, on=SHOP, conflation=conflation)
    return AcceptedEvent(id="e", type=declared, data={"key": key}, user_id=user_id, occurred_at=0.0)
