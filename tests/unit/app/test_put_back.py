"""What fails in a batch of the queue comes back after seconds, later each time; the others are done."""

from typing import Any

import pytest

from functions.publisher.batch import carry_out
from shared.domain.retries import WAIT_SECONDS_MAX, retry_wait_seconds
from tests.fakes.queue import FakeQueue
from tests.fakes.system import FakeSystem


def record(number: int, body: str, *, receives: int = 1) -> dict[str, Any]:
    return {
        "messageId": f"m{number}",
        "body": body,
        "receiptHandle": f"h{number}",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:delivery",
        "attributes": {"ApproximateReceiveCount": str(receives)},
    }


def test_only_what_failed_comes_back_and_what_is_urgent_goes_first(system: FakeSystem) -> None:
    done: list[str] = []

    def deliver(one: Any) -> None:
        if "bad" in one["body"]:
            raise ValueError(one["body"])
        done.append(one["messageId"])

    records = [
        record(1, '{"kind":"part"}'),
        record(2, '{"kind":"part","bad":1}', receives=4),
        record(3, '{"kind":"welcome"}'),
    ]
    answer = carry_out(records, deliver, system.app.put_back)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m2"}]}
    assert done == ["m3", "m1"]
    ((handle, seconds),) = system.queue.shown_again
    assert handle == "h2"
    assert 8 <= seconds <= 16


@pytest.mark.parametrize("queue", ["delivery", "parts"])
def test_a_message_is_shown_again_in_its_own_queue(queue: str) -> None:
    system = FakeSystem()
    queues = {"delivery": system.queue, "parts": FakeQueue(name="parts")}
    system.ports.parts = queues["parts"]
    failed = record(1, "{}") | {"eventSourceARN": f"arn:aws:sqs:eu-west-1:123456789012:{queue}"}
    system.app.put_back(failed)
    assert {name: len(one.shown_again) for name, one in queues.items()} == {
        name: int(name == queue) for name in queues
    }


@pytest.mark.parametrize(
    ("receives", "least", "most"),
    [(1, 1, 2), (2, 2, 4), (5, 16, 32), (9, 150, WAIT_SECONDS_MAX), (1000, 150, WAIT_SECONDS_MAX)],
)
def test_waits_grow_and_differ(receives: int, least: int, most: int) -> None:
    assert retry_wait_seconds(receives, jitter=0.0) == least
    assert retry_wait_seconds(receives, jitter=0.999) == most


def test_a_queue_that_cannot_be_told_fails_nothing_else(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: Any, **_more: Any) -> None:
        raise ConnectionError("no answer")

    monkeypatch.setattr(system.queue, "show_again", refuse)

    def fail(_record: Any) -> None:
        raise ValueError

    answer = carry_out([record(1, "{}"), record(2, "{}")], fail, system.app.put_back)
    assert len(answer["batchItemFailures"]) == 2
