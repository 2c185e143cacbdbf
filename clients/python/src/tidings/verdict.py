"""What became of a published event: read from its receipt, or from the queue of rejected events."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tidings.account import Account

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

POLL_SECONDS = 0.2
LOOK_SECONDS = 1
BATCH_MESSAGES = 10
QUEUE_BATCHES = 20
# Where a receipt counts what else happened to connections; the rest of it is about how.
OUTCOMES = ("gone", "throttled", "failed", "superseded", "held", "waiting")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    outcome: Literal["delivered", "rejected", "unknown"]
    matched: int = 0
    """Connections that are to get it."""
    delivered: int = 0
    others: Mapping[str, int] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    """Why it was rejected."""

    def words(self) -> str:
        match self.outcome:
            case "rejected":
                return f"Rejected: {'; '.join(self.reasons)}"
            case "unknown":
                return (
                    "The bus has it, but no verdict came in time. "
                    "It may be held to be conflated; try 'make receipt ID=…'."
                )
        if self.others.get("held"):
            return "Held: when its conflation window ends, the newest event of its key is sent"
        if not self.matched and self.others.get("superseded"):
            return "Not sent: a newer event of its key was"
        if not self.matched:
            return "Accepted, and nobody who is connected is subscribed to it"
        rest = "".join(f", {count} {name}" for name, count in self.others.items() if count)
        plural = "" if self.delivered == 1 else "s"
        return f"Delivered to {self.delivered} connection{plural}{rest}"

    def values(self) -> dict[str, Any]:
        if self.outcome == "rejected":
            return {"outcome": self.outcome, "reasons": self.reasons}
        if self.outcome == "unknown":
            return {"outcome": self.outcome}
        return {
            "outcome": self.outcome,
            "matched": self.matched,
            "delivered": self.delivered,
            **{name: count for name, count in self.others.items() if count},
        }


def wait_for_verdict(
    account: Account,
    event_id: str,
    *,
    seconds: float,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> Verdict:
    """Ask until it is known, or the time is over. Raises botocore's errors, and NotFound."""
    table, queue = account.events_table(), account.rejected_queue_url()
    dynamodb, sqs = account.dynamodb(), account.sqs()
    end = now() + seconds
    while True:
        rows = dynamodb.query(
            TableName=table,
            KeyConditionExpression="#stream = :event",
            ExpressionAttributeNames={"#stream": "stream"},
            ExpressionAttributeValues={":event": {"S": f"event#{event_id}"}},
            ConsistentRead=True,
        )["Items"]
        if verdict := from_receipts(rows):
            return verdict
        for body in _looked_at(sqs, queue):
            if reasons := reasons_for(event_id, body):
                return Verdict(outcome="rejected", reasons=reasons)
        if now() >= end:
            return Verdict(outcome="unknown")
        sleep(POLL_SECONDS)


def _looked_at(sqs: "SQSClient", queue: str) -> Iterator[str]:
    """The messages of a queue, which stay there. Each is hidden while the look goes through all."""
    for _ in range(QUEUE_BATCHES):
        messages = sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=BATCH_MESSAGES, VisibilityTimeout=LOOK_SECONDS
        ).get("Messages", [])
        yield from (message["Body"] for message in messages)
        if len(messages) < BATCH_MESSAGES:
            return


def from_receipts(rows: list[Any]) -> Verdict | None:
    """The sum over the event's parts, once all are finished."""
    receipts = [
        {name: float(value.get("N", 0)) for name, value in row.get("receipt", {}).get("M", {}).items()}
        for row in rows
    ]
    parts = 1 + sum(receipt.get("parts", 0) for receipt in receipts)
    if not rows or len(rows) < parts or not all("finished" in row for row in rows):
        return None

    def total(name: str) -> int:
        return int(sum(receipt.get(name, 0) for receipt in receipts))

    return Verdict(
        outcome="delivered",
        matched=total("matched"),
        delivered=total("delivered"),
        others={name: total(name) for name in OUTCOMES},
    )


def reasons_for(event_id: str, body: str) -> list[str]:
    """Why the event was rejected, if this message of the rejected-events queue is about it."""
    try:
        rejection = json.loads(body)
        content = rejection["content"]
        detail = content.get("detail")
        named = {content.get("id"), detail.get("id") if isinstance(detail, dict) else None}
        return [str(reason) for reason in rejection["reasons"]] if event_id in named else []
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
