"""SQS in memory: standard queues with delays, visibility timeouts, receive counts and dead-letter queues."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from botocore.exceptions import ClientError

from simulation.memory.errors import client_error

BATCH_ENTRIES = 10
DELAY_SECONDS = 900
VISIBILITY_SECONDS = 12 * 60 * 60
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
MESSAGE_BYTES = 1024 * 1024

Answer = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Message:
    message_id: str
    body: str
    sent_at: float
    visible_at: float
    receives: int = 0
    receipt: str = ""
    """Of the last receive: older ones cannot delete it."""
    cause: str = ""
    """Why it was sent, for whoever reads the simulation's history."""


@dataclass(slots=True, kw_only=True)
class Queue:
    url: str
    visibility_seconds: float = 30.0
    dead_letter: "Queue | None" = None
    receives_at_most: int = 0
    """After so many receives a message goes to the dead-letter queue."""
    messages: dict[str, Message] = field(default_factory=dict)
    """By id, in the order they were sent."""

    def visible(self, now: float) -> list[Message]:
        return [one for one in self.messages.values() if one.visible_at <= now]

    def next_visible_at(self) -> float | None:
        return min((one.visible_at for one in self.messages.values()), default=None)

    def take(self, message: Message, now: float) -> bool:
        """Receive it; False when it went to the dead-letter queue instead."""
        message.receives += 1
        if self.dead_letter is not None and message.receives > self.receives_at_most:
            del self.messages[message.message_id]
            self.dead_letter.messages[message.message_id] = message
            return False
        message.visible_at = now + self.visibility_seconds
        message.receipt = f"{message.message_id}/{message.receives}"
        return True

    def delete(self, receipt: str) -> None:
        message = self.messages.get(receipt.rpartition("/")[0])
        if message is not None and message.receipt == receipt:
            del self.messages[message.message_id]

    def change_visibility(self, receipt: str, seconds: float, now: float) -> None:
        message = self.messages.get(receipt.rpartition("/")[0])
        if message is None or message.receipt != receipt or message.visible_at <= now:
            raise client_error(
                "MessageNotInflight", "the message is not in flight", "ChangeMessageVisibility"
            )
        message.visible_at = now + seconds


class MemorySQS:
    """Stands where a boto3 SQS client stands. `sent` is told of each message."""

    def __init__(
        self,
        *queues: Queue,
        now: Callable[[], float] = time.time,
        sent: Callable[[Queue, Message], None] = lambda _queue, _message: None,
    ) -> None:
        self.queues = {queue.url: queue for queue in queues}
        self._now = now
        self._sent = sent
        self._numbers = count(1)

    def send_message(self, **asked: Any) -> Answer:
        problem = _problem(asked)
        if problem is not None:
            raise client_error("InvalidParameterValue", problem, "SendMessage")
        return {"MessageId": self._send(self._queue(asked), asked).message_id}

    def send_message_batch(self, **asked: Any) -> Answer:
        queue, entries = self._queue(asked), asked["Entries"]
        _check_batch(entries, "SendMessageBatch")
        if sum(len(entry["MessageBody"].encode()) for entry in entries) > MESSAGE_BYTES:
            raise client_error("BatchRequestTooLong", "the batch is over 1 MiB", "SendMessageBatch")
        problems = {entry["Id"]: _problem(entry) for entry in entries}
        good = [entry for entry in entries if problems[entry["Id"]] is None]
        sent = [
            {"Id": entry["Id"], "MessageId": self._send(queue, entry).message_id} for entry in good
        ]
        return {"Successful": sent} | _failures(
            {id_: problem for id_, problem in problems.items() if problem is not None}
        )

    def receive_message(self, **asked: Any) -> Answer:
        queue, now = self._queue(asked), self._now()
        wanted = queue.visible(now)[: asked.get("MaxNumberOfMessages", 1)]
        taken = [message for message in wanted if queue.take(message, now)]
        found = [
            {"MessageId": one.message_id, "ReceiptHandle": one.receipt, "Body": one.body} for one in taken
        ]
        return {"Messages": found} if found else {}

    def delete_message(self, **asked: Any) -> Answer:
        self._queue(asked).delete(asked["ReceiptHandle"])
        return {}

    def delete_message_batch(self, **asked: Any) -> Answer:
        queue, entries = self._queue(asked), asked["Entries"]
        _check_batch(entries, "DeleteMessageBatch")
        for entry in entries:
            queue.delete(entry["ReceiptHandle"])
        return {"Successful": [{"Id": entry["Id"]} for entry in entries]}

    def change_message_visibility(self, **asked: Any) -> Answer:
        self._change(asked, asked)
        return {}

    def change_message_visibility_batch(self, **asked: Any) -> Answer:
        _check_batch(asked["Entries"], "ChangeMessageVisibilityBatch")
        problems, done = {}, []
        for entry in asked["Entries"]:
            try:
                self._change(asked, entry)
            except ClientError as exc:
                problems[entry["Id"]] = exc.response["Error"]["Message"]
            else:
                done.append({"Id": entry["Id"]})
        return {"Successful": done} | _failures(problems)

    def _change(self, asked: Mapping[str, Any], entry: Mapping[str, Any]) -> None:
        seconds = entry["VisibilityTimeout"]
        if not 0 <= seconds <= VISIBILITY_SECONDS:
            raise client_error(
                "InvalidParameterValue", "VisibilityTimeout is not in 0..43200", "ChangeMessageVisibility"
            )
        self._queue(asked).change_visibility(entry["ReceiptHandle"], seconds, self._now())

    def _queue(self, asked: Mapping[str, Any]) -> Queue:
        try:
            return self.queues[asked["QueueUrl"]]
        except KeyError:
            raise client_error(
                "AWS.SimpleQueueService.NonExistentQueue", f"no queue {asked['QueueUrl']}", "SQS"
            ) from None

    def _send(self, queue: Queue, asked: Mapping[str, Any]) -> Message:
        now = self._now()
        message = Message(
            message_id=f"m{next(self._numbers)}",
            body=asked["MessageBody"],
            sent_at=now,
            visible_at=now + asked.get("DelaySeconds", 0),
        )
        queue.messages[message.message_id] = message
        self._sent(queue, message)
        return message


def _problem(entry: Mapping[str, Any]) -> str | None:
    if not 0 <= entry.get("DelaySeconds", 0) <= DELAY_SECONDS:
        return f"DelaySeconds is not in 0..{DELAY_SECONDS}"
    if not 0 < len(entry["MessageBody"].encode()) <= MESSAGE_BYTES:
        return "the message is empty or over 1 MiB"
    return None


def _check_batch(entries: Any, operation: str) -> None:
    if not entries:
        raise client_error("EmptyBatchRequest", "the batch has no entries", operation)
    if len(entries) > BATCH_ENTRIES:
        raise client_error("TooManyEntriesInBatchRequest", "a batch has at most 10 entries", operation)
    if len({entry["Id"] for entry in entries}) < len(entries):
        raise client_error("BatchEntryIdsNotDistinct", "two entries have one id", operation)


def _failures(problems: Mapping[str, str]) -> Answer:
    failed = [
        {"Id": id_, "SenderFault": True, "Code": "InvalidParameterValue", "Message": problem}
        for id_, problem in problems.items()
    ]
    return {"Failed": failed} if failed else {}
