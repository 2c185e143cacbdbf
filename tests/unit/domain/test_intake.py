"""Events from the bus: what is accepted, and why the rest is not."""

from typing import Any

import pytest

from shared.domain.errors import EventRejected
from shared.domain.intake import AcceptedEvent, BusEvent, accept, from_held_form, held_form
from tests.fakes import shop
from tests.fakes.catalog import CATALOGUE, Channel
from tests.fakes.payloads import PAYLOADS

NOW = 1_763_132_400.0
NOTICE = PAYLOADS["system.notification"]


def bus_event(detail_type: str, detail: Any) -> BusEvent:
    return BusEvent(event_id="eb-1", source="tests", detail_type=detail_type, detail=detail, occurred_at=NOW)


def accepted(detail_type: str, **detail: Any) -> AcceptedEvent:
    return accept(bus_event(detail_type, detail), CATALOGUE, now=NOW)


@pytest.mark.parametrize("name", sorted(PAYLOADS))
def test_every_event_type_is_accepted_and_keeps_its_data_as_written(name: str) -> None:
    data = {**PAYLOADS[name], "added_later": {"deep": [1, None]}}
    event = accepted(name, data=data)
    assert event.data == data
    assert event.type.name == name
    assert event.id == "eb-1"


def test_a_producer_may_name_the_event_and_its_user() -> None:
    event = accepted("job.created", data=PAYLOADS["job.created"], id="mine", user_id="user123")
    assert (event.id, event.user_id) == ("mine", "user123")
    message = event.envelope()
    assert (message.id, message.channel, message.timestamp) == ("mine", Channel.JOBS, "2025-11-14T15:00:00Z")
    assert event.envelope(sent_at=NOW + 60).timestamp == "2025-11-14T15:01:00Z"


@pytest.mark.parametrize("name", sorted(shop.PAYLOADS))
def test_an_event_goes_to_the_channel_that_its_payload_names(name: str) -> None:
    channels = {"news.posted": "news", "order.planned": "news", "team.noted": "teams/red"}
    event = accept(bus_event(name, {"data": shop.PAYLOADS[name]}), shop.catalog, now=NOW)
    assert event.channel == event.envelope().channel == channels.get(name, "orders/42")
    again = from_held_form(held_form(event), shop.catalog)
    assert (again, again.channel) == (event, event.channel)


@pytest.mark.parametrize("order_id", ["4 2", "*", "4/2", "@user:ann", "4" * 65])
@pytest.mark.parametrize("name", ["order.shipped", "order.planned"])
def test_a_value_that_names_no_channel_is_rejected(name: str, order_id: str) -> None:
    """Of the event's own channel, or of the reminder's that it plans."""
    with pytest.raises(
        EventRejected, match=r"^detail\.data\.order_id: .* cannot be part of orders/{order_id}"
    ):
        accept(
            bus_event(name, {"data": {**shop.PAYLOADS[name], "order_id": order_id}}), shop.catalog, now=NOW
        )


@pytest.mark.parametrize(
    ("detail_type", "detail", "reason"),
    [
        ("job.unknown", {"data": {}}, "unknown event type 'job.unknown'"),
        ("system.connected", {"data": {}}, "unknown event type"),
        ("system.ping", {"data": {"timestamp": "2025-11-14T15:00:00Z"}}, "sent by the system itself"),
        ("job.created", "text", "detail"),
        ("job.created", None, "detail"),
        ("job.created", {"data": []}, "detail.data"),
        ("job.created", {}, "detail.data.job_id: Field required"),
        ("system.notification", {"data": NOTICE, "userId": "user123"}, "detail.userId"),
        ("system.notification", {"data": NOTICE, "user_id": ""}, "detail.user_id"),
        ("system.notification", {"data": NOTICE, "user_id": 5}, "detail.user_id"),
        ("system.notification", {"data": NOTICE, "id": "x" * 129}, "detail.id"),
        ("system.notification", {"data": NOTICE, "deliver_at": "tomorrow"}, "detail.deliver_at"),
        ("system.notification", {"data": NOTICE, "deliver_at": "2025-11-15T15:00:00"}, "no UTC offset"),
        ("system.notification", {"data": NOTICE, "deliver_at": "2027-01-01T00:00:00Z"}, "more than 365 days"),
        ("system.notification", {"data": {**NOTICE, "message": "x" * 65_536}}, "the limit is 65536"),
        ("schedule.cancelled", {"data": {}}, "detail.schedule_key"),
        (
            "schedule.cancelled",
            {"data": {}, "schedule_key": "k", "deliver_at": "2025-11-15T15:00:00Z"},
            "nothing to deliver",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_not_valid_is_rejected_with_the_reason(detail_type: str, detail: Any, reason: str) -> None:
    with pytest.raises(EventRejected) as rejected:
        accept(bus_event(detail_type, detail), CATALOGUE, now=NOW)
    assert reason in str(rejected.value)


def test_a_payload_wrong_in_many_places_names_the_first_few() -> None:
    jobs: list[dict[str, object]] = [{} for _ in range(500)]
    data = {"count": 500, "top_recommendations": jobs, "generated_at": "2025-11-14T15:00:00Z"}
    with pytest.raises(EventRejected) as rejected:
        accepted("recommendations.new", data=data)
    assert len(rejected.value.reasons) == 21
    assert rejected.value.reasons[-1] == "and 1980 more"


def test_a_held_event_reads_back_as_it_was() -> None:
    event = accepted("job.analyzing", data=PAYLOADS["job.analyzing"], user_id="user123")
    assert from_held_form(held_form(event), CATALOGUE) == event


def test_an_eventbridge_event_is_read_with_its_time() -> None:
    raw = {
        "id": "eb-1",
        "source": "tests",
        "detail-type": "job.created",
        "time": "2025-11-14T15:00:00Z",
        "detail": {"data": {}},
    }
    assert BusEvent.from_eventbridge(raw) == bus_event("job.created", {"data": {}})
