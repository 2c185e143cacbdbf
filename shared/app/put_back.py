"""Makes a queue message that failed visible again: after seconds, and later each time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.app.ports.queue import Redelivery
from shared.domain.retries import retry_wait_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBack:
    redelivery: Redelivery
    jitter: Callable[[], float]

    def __call__(self, record: Mapping[str, Any]) -> int:
        """Takes a record of Lambda's SQS event; returns the seconds after which it shows again."""
        receives = int(record["attributes"]["ApproximateReceiveCount"])
        seconds = retry_wait_seconds(receives, jitter=self.jitter())
        self.redelivery.after(
            seconds, queue_arn=record["eventSourceARN"], receipt_handle=record["receiptHandle"]
        )
        return seconds
