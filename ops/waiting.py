"""Looks into a queue without taking anything out of it, or takes messages out one by one."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ops.stage import Stage

BATCH = 10
# While a person looks, and a little longer: then what was looked at is visible again.
HIDDEN_SECONDS = 60
# A short poll asks only some of SQS's servers.
LONG_POLL_SECONDS = 1
DEFAULT_LIMIT = 1_000


@dataclass(frozen=True)
class Waiting:
    """A message in a queue, and what it takes to delete it."""

    body: str
    message_id: str
    receipt_handle: str
    sent_at: float

    @property
    def content(self) -> Any:
        """The body as JSON, or None."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def received(stage: Stage, queue: str, *, limit: int = DEFAULT_LIMIT) -> Iterator[Waiting]:
    """Each message once, hidden from others for a minute."""
    seen: set[str] = set()
    while len(seen) < limit:
        answer = stage.sqs.receive_message(
            QueueUrl=stage.queues[queue],
            MaxNumberOfMessages=min(BATCH, limit - len(seen)),
            VisibilityTimeout=HIDDEN_SECONDS,
            # The local SQS is one server.
            WaitTimeSeconds=0 if stage.is_local else LONG_POLL_SECONDS,
            MessageSystemAttributeNames=["SentTimestamp"],
        )
        fresh = [one for one in answer.get("Messages", []) if one["MessageId"] not in seen]
        if not fresh:
            return
        for message in fresh:
            seen.add(message["MessageId"])
            yield Waiting(
                body=message["Body"],
                message_id=message["MessageId"],
                receipt_handle=message["ReceiptHandle"],
                sent_at=int(message["Attributes"]["SentTimestamp"]) / 1000,
            )


def peek(stage: Stage, queue: str, *, limit: int = DEFAULT_LIMIT) -> list[Waiting]:
    """What waits in the queue; it is visible to others again when this returns."""
    looked_at = list(received(stage, queue, limit=limit))
    for one in looked_at:
        stage.sqs.change_message_visibility(
            QueueUrl=stage.queues[queue], ReceiptHandle=one.receipt_handle, VisibilityTimeout=0
        )
    return looked_at


def delete(stage: Stage, queue: str, message: Waiting) -> None:
    stage.sqs.delete_message(QueueUrl=stage.queues[queue], ReceiptHandle=message.receipt_handle)


def depths(stage: Stage, queue: str) -> tuple[int, int, int]:
    """Messages that are visible, being worked on, and delayed."""
    names = (
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    )
    answer = stage.sqs.get_queue_attributes(QueueUrl=stage.queues[queue], AttributeNames=list(names))
    visible, busy, delayed = (int(answer["Attributes"].get(name, 0)) for name in names)
    return visible, busy, delayed
