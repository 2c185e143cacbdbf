"""Makes a queue message that failed visible again: after seconds, and later each time."""

from collections.abc import Mapping
from typing import Any

from shared.app.ports import Ports
from shared.domain.retries import retry_wait_seconds


def put_back(ports: Ports, record: Mapping[str, Any]) -> int:
    """Takes a record of Lambda's SQS event; returns the seconds after which it shows again."""
    receives = int(record["attributes"]["ApproximateReceiveCount"])
    seconds = retry_wait_seconds(receives, jitter=ports.jitter())
    is_part = record["eventSourceARN"].rpartition(":")[2] == ports.parts.name
    queue = ports.parts if is_part else ports.queue
    queue.show_again(record["receiptHandle"], after_seconds=seconds)
    return seconds
