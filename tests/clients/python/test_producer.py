"""Publishing: what is checked, how it is batched, what is tried again."""

import json
import time
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from events import catalog
from events.jobs import JobAnalyzing
from shared.domain.errors import EventRejected
from shared.domain.intake import BusEvent, accept
from tests.fakes.catalog import CATALOGUE
from tests.fakes.shop import OrderShipped
from tidings.catalog import Payload, event
from tidings.errors import InvalidEvent
from tidings.moments import Moments
from tidings.producer import Message, NotPublished, Producer, message
from tidings.system import SystemPing

NOW_NS = 1_763_132_400_123_456_789
ANALYZING = {"job_id": 42, "company": "Google", "job_title": "Senior Software Engineer"}


class FakeBus:
    """Takes entries; refuses the first `refusals` entries it sees."""

    def __init__(self, *, refusals: int = 0) -> None:
        self.refusals = refusals
        self.calls: list[list[dict[str, Any]]] = []
        self.taken: list[dict[str, Any]] = []

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - as boto3 spells it
        self.calls.append(Entries)
        results: list[dict[str, str]] = []
        for entry in Entries:
            if self.refusals:
                self.refusals -= 1
                results.append({"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"})
            else:
                self.taken.append(entry)
                results.append({"EventId": str(len(self.taken))})
        return {"FailedEntryCount": sum("ErrorCode" in one for one in results), "Entries": results}


def producer_for(bus: FakeBus, waits: list[float] | None = None) -> Producer:
    return Producer(
        cast("Any", bus),
        bus="tidings-local",
        source="ats-service",
        sleep=(waits if waits is not None else []).append,
        chance=lambda: 1.0,
        moments=Moments(lambda: NOW_NS),
    )


def messages(count: int, *, title: str = "Engineer") -> list[Message]:
    return [Message(payload=JobAnalyzing(job_id=n, company="Google", job_title=title)) for n in range(count)]


def test_an_entry_is_what_the_contract_says() -> None:
    bus = FakeBus()
    one = message("job.analyzing", {**ANALYZING, "queue": "fast"}, catalog, user_id="user123", id="a1")

    producer_for(bus).publish_all([one])

    (entry,) = bus.taken
    assert json.loads(entry.pop("Detail")) == {
        "data": {**ANALYZING, "queue": "fast"},
        "id": "a1",
        "user_id": "user123",
        "sent_at": "2025-11-14T15:00:00.123456Z",
    }
    assert entry == {"EventBusName": "tidings-local", "Source": "ats-service", "DetailType": "job.analyzing"}


def test_an_object_is_published_with_the_id_that_it_gets() -> None:
    bus = FakeBus()
    analyzing = JobAnalyzing.model_validate(ANALYZING)

    made = producer_for(bus).publish(analyzing)
    given = producer_for(bus).publish(analyzing, user_id="user123", id="a1", schedule_key="k")

    details = [json.loads(entry["Detail"]) for entry in bus.taken]
    assert [entry["DetailType"] for entry in bus.taken] == ["job.analyzing"] * 2
    assert [detail["id"] for detail in details] == [made, given]
    assert {name: value for name, value in details[1].items() if name != "sent_at"} == {
        "data": ANALYZING,
        "id": "a1",
        "user_id": "user123",
        "schedule_key": "k",
    }


class Undeclared(Payload):
    job_id: int


@event("test.dated", None)
class Dated(Payload):
    """Its field is no text: the system, which reads JSON, would reject every event of the type."""

    at: datetime


@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        (Undeclared(job_id=1), "Undeclared is no event type: nothing declares it with @event"),
        (Dated(at=datetime(2025, 11, 14, tzinfo=UTC)), "data.at: Input should be a valid datetime"),
        (OrderShipped(order_id="a b"), "data.order_id: 'a b' cannot be part of orders/"),
        (
            JobAnalyzing.model_construct(job_id=42, company="Google", job_title=""),
            "data.job_title: String should have at least 1",
        ),
    ],
    ids=["undeclared", "no JSON", "no name for a channel", "never validated"],
)
def test_an_object_that_the_system_would_reject_is_not_published(payload: Payload, complaint: str) -> None:
    bus = FakeBus()
    with pytest.raises(InvalidEvent, match=complaint):
        producer_for(bus).publish(payload)
    assert bus.calls == []


def test_each_message_has_an_id_of_its_own_so_that_a_retry_is_harmless() -> None:
    ids = {json.loads(one.detail())["id"] for one in messages(50)}
    assert len(ids) == 50


@pytest.mark.parametrize(
    ("event_type", "data", "complaint"),
    [
        pytest.param("job.analysed", {}, "no event type", id="unknown type"),
        pytest.param("job.analyzing", {**ANALYZING, "job_id": "42"}, "job_id", id="text for a number"),
        pytest.param("job.analyzing", {"job_id": 42}, "company", id="missing field"),
        pytest.param("job.analyzing", [], "valid dictionary", id="no object"),
        pytest.param(
            "system.ping", {"timestamp": "2025-11-14T15:00:00Z"}, "not accepted", id="not a producer's"
        ),
        pytest.param("job.analyzing", {**ANALYZING, "company": "x" * 65_536}, "bytes", id="too large"),
        pytest.param(
            "followup.sent",
            {**ANALYZING, "followup_id": 1, "followup_type": "thanks", "sent_at": "2025-11-14T15:00:00"},
            "no UTC offset",
            id="time without offset",
        ),
    ],
)
def test_what_is_not_valid_never_reaches_the_bus(event_type: str, data: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        message(event_type, data, catalog)


def test_a_payload_not_for_producers_is_refused() -> None:
    with pytest.raises(ValueError, match="not accepted"):
        Message(payload=SystemPing(timestamp="2025-11-14T15:00:00Z"))


@pytest.mark.parametrize(
    ("given", "sizes"),
    [
        pytest.param(messages(0), [], id="nothing"),
        pytest.param(messages(10), [10], id="a full batch"),
        pytest.param(messages(23), [10, 10, 3], id="by count"),
        pytest.param(messages(7, title="x" * 60_000), [4, 3], id="by size"),
    ],
)
def test_batches_are_bounded(given: list[Message], sizes: list[int]) -> None:
    bus = FakeBus()
    producer_for(bus).publish_all(given)
    assert [len(call) for call in bus.calls] == sizes


def test_only_refused_entries_are_tried_again_with_growing_waits() -> None:
    bus, waits = FakeBus(refusals=4), list[float]()
    producer_for(bus, waits).publish_all(messages(3))

    assert [len(call) for call in bus.calls] == [3, 3, 1]
    assert waits == [0.2, 0.4]
    assert sorted(json.loads(entry["Detail"])["data"]["job_id"] for entry in bus.taken) == [0, 1, 2]


def test_events_are_ordered_within_a_second_and_keep_their_place_when_tried_again() -> None:
    bus = FakeBus(refusals=2)
    producer = producer_for(bus)
    producer.publish_all(messages(3))
    producer.publish_all(messages(1))

    details = [json.loads(entry["Detail"]) for entry in bus.taken]
    in_order = sorted(details, key=lambda detail: detail["sent_at"])
    assert [detail["data"]["job_id"] for detail in in_order] == [0, 1, 2, 0]
    assert in_order[0]["sent_at"] == "2025-11-14T15:00:00.123456Z"
    assert len({detail["sent_at"] for detail in details}) == 4


def test_moments_increase_also_when_the_clock_goes_back() -> None:
    clock = iter([NOW_NS, NOW_NS - 10**9, NOW_NS + 10**9])
    moments = Moments(lambda: next(clock))
    assert [moments.next()[-9:] for _ in range(3)] == ["0.123456Z", "0.123457Z", "1.123456Z"]


def test_what_stays_refused_is_named_and_the_rest_is_published() -> None:
    bus = FakeBus(refusals=50)
    given = messages(12)

    with pytest.raises(NotPublished, match=r"10 events .*ThrottlingException") as failed:
        producer_for(bus).publish_all(given)

    assert list(failed.value.messages) == given[:10]
    assert len(bus.taken) == 2


@pytest.mark.parametrize(
    ("event_type", "data", "options"),
    [
        ("job.analyzing", ANALYZING, {}),
        ("job.analyzing", {**ANALYZING, "more": 1}, {"user_id": "u", "id": "a"}),
        ("job.analyzing", {"job_id": "42"}, {}),
        ("job.analyzing", ANALYZING, {"user_id": ""}),
        ("job.analyzing", ANALYZING, {"user_id": "x" * 257}),
        ("job.analyzing", ANALYZING, {"id": "x" * 129}),
        ("job.analyzing", ANALYZING, {"schedule_key": ""}),
        ("job.analyzing", ANALYZING, {"deliver_at": "tomorrow"}),
        ("job.analyzing", ANALYZING, {"deliver_at": "2025-11-15T13:45:00"}),
        ("job.analyzing", ANALYZING, {"deliver_at": "2025-11-15T13:45:00Z"}),
        ("job.analyzing", ANALYZING, {"deliver_at": "9999-11-15T13:45:00Z"}),
        ("system.ping", {"timestamp": "2025-11-14T15:00:00Z"}, {}),
        ("schedule.cancelled", {}, {}),
        ("schedule.cancelled", {}, {"schedule_key": "k"}),
        ("schedule.cancelled", {}, {"schedule_key": "k", "deliver_at": "2025-11-15T13:45:00Z"}),
        ("user.revoked", {}, {}),
        ("user.revoked", {}, {"user_id": "u"}),
        ("user.forgotten", {}, {}),
    ],
    ids=str,
)
def test_it_refuses_what_the_system_would_reject_and_nothing_else(
    event_type: str, data: dict[str, Any], options: dict[str, str]
) -> None:
    from_bus = BusEvent(
        event_id="e",
        source="tests",
        detail_type=event_type,
        detail={"data": data, **options},
        occurred_at=0.0,
    )
    try:
        accept(from_bus, CATALOGUE, now=time.time())
        accepted = True
    except EventRejected:
        accepted = False

    if accepted:
        message(event_type, data, catalog, **options)
    else:
        with pytest.raises(InvalidEvent):
            message(event_type, data, catalog, **options)
