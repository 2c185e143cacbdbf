"""The queue in memory: delays, visibility, receive counts, dead letters, and what SQS refuses."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulation.memory.sqs import MemorySQS, Queue
from tests.fakes.clock import FakeClock

URL = "https://sqs.test/q"


class Service:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.failed = Queue(url="https://sqs.test/failed")
        self.queue = Queue(url=URL, visibility_seconds=360, dead_letter=self.failed, receives_at_most=2)
        self.sqs = MemorySQS(self.queue, self.failed, now=self.clock.now)

    def receive(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.sqs.receive_message(QueueUrl=URL, MaxNumberOfMessages=10).get(
            "Messages", []
        )
        return found


def test_a_message_is_seen_after_its_delay_and_not_again_before_its_timeout() -> None:
    service = Service()
    service.sqs.send_message(QueueUrl=URL, MessageBody="a", DelaySeconds=5)
    assert service.receive() == []
    service.clock.advance(5)
    assert [one["Body"] for one in service.receive()] == ["a"]
    service.clock.advance(359)
    assert service.receive() == []
    service.clock.advance(1)
    assert [one["Body"] for one in service.receive()] == ["a"]


def test_a_receiver_can_ask_for_a_message_sooner() -> None:
    service = Service()
    service.sqs.send_message(QueueUrl=URL, MessageBody="a")
    receipt = service.receive()[0]["ReceiptHandle"]
    service.sqs.change_message_visibility(QueueUrl=URL, ReceiptHandle=receipt, VisibilityTimeout=3)
    service.clock.advance(3)
    again = service.receive()[0]["ReceiptHandle"]
    answer = service.sqs.change_message_visibility_batch(
        QueueUrl=URL,
        Entries=[
            {"Id": "old", "ReceiptHandle": receipt, "VisibilityTimeout": 0},
            {"Id": "new", "ReceiptHandle": again, "VisibilityTimeout": 0},
        ],
    )
    assert [one["Id"] for one in answer["Successful"]] == ["new"]
    assert [one["Id"] for one in answer["Failed"]] == ["old"]


def test_what_was_received_too_often_is_a_dead_letter() -> None:
    service = Service()
    service.sqs.send_message(QueueUrl=URL, MessageBody="a")
    for _ in range(2):
        assert len(service.receive()) == 1
        service.clock.advance(360)
    assert service.receive() == []
    assert [one.body for one in service.failed.messages.values()] == ["a"]


def test_only_the_last_receipt_deletes() -> None:
    service = Service()
    service.sqs.send_message(QueueUrl=URL, MessageBody="a")
    first = service.receive()[0]["ReceiptHandle"]
    service.clock.advance(360)
    last = service.receive()[0]["ReceiptHandle"]
    service.sqs.delete_message(QueueUrl=URL, ReceiptHandle=first)
    assert len(service.queue.messages) == 1
    service.sqs.delete_message_batch(QueueUrl=URL, Entries=[{"Id": "0", "ReceiptHandle": last}])
    assert not service.queue.messages


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([{"Id": str(one), "MessageBody": "a"} for one in range(11)], "TooManyEntriesInBatchRequest"),
        ([{"Id": "0", "MessageBody": "a"}] * 2, "BatchEntryIdsNotDistinct"),
        ([{"Id": str(one), "MessageBody": "a" * 600_000} for one in range(2)], "BatchRequestTooLong"),
    ],
    ids=["empty", "eleven", "same id twice", "too long"],
)
def test_a_batch_that_sqs_would_not_take_is_refused(entries: list[dict[str, Any]], code: str) -> None:
    with pytest.raises(ClientError, match=code):
        Service().sqs.send_message_batch(QueueUrl=URL, Entries=entries)


def test_an_entry_that_is_wrong_fails_alone() -> None:
    service = Service()
    answer = service.sqs.send_message_batch(
        QueueUrl=URL,
        Entries=[
            {"Id": "good", "MessageBody": "a", "DelaySeconds": 900},
            {"Id": "bad", "MessageBody": "b", "DelaySeconds": 901},
        ],
    )
    assert [one["Id"] for one in answer["Successful"]] == ["good"]
    assert [one["Id"] for one in answer["Failed"]] == ["bad"]
