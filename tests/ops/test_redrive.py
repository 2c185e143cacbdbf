"""What waits in a failure queue goes on its way, in each of the shapes that AWS and we leave it in."""

import json
from typing import Any

import pytest

from tests.ops.account import Account
from tests.ops.conftest import Ops

EVENT = {
    "version": "0",
    "id": "aws-1",
    "source": "shop",
    "detail-type": "job.created",
    "time": "2026-11-20T08:00:00Z",
    "detail": {"data": {"job_id": 1}},
}
ENVELOPE = {
    "version": "1.0",
    "requestContext": {"condition": "RetriesExhausted", "functionArn": "…", "approximateInvokeCount": 3},
    "requestPayload": EVENT,
    "responsePayload": {"errorMessage": "boom"},
}
WRAPPED = {"event": EVENT, "ingested_at": "2026-11-20T08:00:00.123Z"}
TICK = {**EVENT, "source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


def heard(account: Account, url: str) -> list[Any]:
    answer = account.aws["sqs"].receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


@pytest.mark.parametrize(
    ("queue", "name", "body"),
    [
        pytest.param("publisher", "PublisherFailed", EVENT, id="as EventBridge leaves it"),
        pytest.param("publisher", "PublisherFailed", ENVELOPE, id="as Lambda leaves it"),
        pytest.param("publisher", "PublisherFailed", WRAPPED, id="as the rule hands it over"),
        pytest.param(
            "publisher", "PublisherFailed", {"requestPayload": WRAPPED}, id="the same, as Lambda leaves it"
        ),
        pytest.param("scheduler", "SchedulerFailed", ENVELOPE, id="of the scheduler"),
        pytest.param(
            "rejected",
            "RejectedEvents",
            {"kind": "invalid_event", "reasons": ["unknown type"], "content": EVENT},
            id="as we reject it",
        ),
    ],
)
def test_an_event_goes_back_on_the_bus_under_its_own_id(
    account: Account, ops: Ops, queue: str, name: str, body: Any
) -> None:
    url = account.hear_the_bus()
    account.put(name, body)

    status, said = ops("redrive", queue, "--go")

    (event,) = heard(account, url)
    assert status == 0, said
    assert event["detail"] == {"id": "aws-1", "data": {"job_id": 1}}
    assert (event["source"], event["detail-type"]) == ("shop", "job.created")
    assert account.bodies(name) == []


def test_a_producers_own_id_is_kept(account: Account, ops: Ops) -> None:
    url = account.hear_the_bus()
    account.put("PublisherFailed", {**EVENT, "detail": {"id": "mine", "data": {}}})

    ops("redrive", "publisher", "--go")

    assert [event["detail"]["id"] for event in heard(account, url)] == ["mine"]


@pytest.mark.parametrize(
    ("queue", "name", "body", "to", "expected"),
    [
        ("delivery", "DeliveryFailed", {"kind": "welcome", "x": 1}, "Delivery", {"kind": "welcome", "x": 1}),
        ("delivery", "DeliveryFailed", {"kind": "part", "x": 1}, "Parts", {"kind": "part", "x": 1}),
        (
            "rejected",
            "RejectedEvents",
            {"kind": "undeliverable", "reasons": [], "content": {"kind": "remainder", "event_id": "e"}},
            "Delivery",
            {"kind": "remainder", "event_id": "e"},
        ),
    ],
    ids=["a delivery", "a part", "connections that were not reached"],
)
def test_a_delivery_goes_back_to_the_queue_it_came_from(
    account: Account, ops: Ops, queue: str, name: str, body: Any, to: str, expected: Any
) -> None:
    account.put(name, body)

    assert ops("redrive", queue, "--go")[0] == 0
    assert account.bodies(to) == [expected]
    assert account.bodies(name) == []


@pytest.mark.parametrize(
    "body",
    [
        "not JSON",
        {"Records": []},
        {"requestPayload": {"Records": []}},
        {"other": 1},
        {**EVENT, "detail": "cut"},
    ],
    ids=["no JSON", "a batch", "a batch in the envelope", "another shape", "a detail that is not whole"],
)
def test_what_is_not_understood_is_left(account: Account, ops: Ops, body: Any) -> None:
    url = account.hear_the_bus()
    account.put("PublisherFailed", body)

    status, said = ops("redrive", "publisher", "--go")

    assert (status, heard(account, url)) == (1, [])
    assert "0 sent on their way, 1 left" in said


def test_a_tick_is_dropped(account: Account, ops: Ops) -> None:
    url = account.hear_the_bus()
    account.put("SchedulerFailed", {"requestPayload": TICK})

    assert ops("redrive", "scheduler", "--go")[0] == 0
    assert (heard(account, url), account.bodies("SchedulerFailed")) == ([], [])


def test_without_go_nothing_is_done(account: Account, ops: Ops) -> None:
    url = account.hear_the_bus()
    account.put("PublisherFailed", EVENT)

    status, said = ops("redrive", "publisher")

    assert (status, heard(account, url)) == (0, [])
    assert "job.created aws-1 back on the bus" in said
    assert "Nothing was done" in said
    assert account.bodies("PublisherFailed") == [EVENT]  # at once: nothing is left hidden


def test_an_empty_queue_is_told(ops: Ops) -> None:
    assert ops("redrive", "rejected") == (0, "RejectedEvents is empty.\n")
