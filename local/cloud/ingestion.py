"""When a bus received an event: `<aws.events.event.ingestion-time>` of input transformers.

moto's process stamps each event, and the event carries the stamp over its bridge queue.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

INGESTION_TIME = "ingestion-time"
"""Its name beside the fields of an event in a bridge queue."""
WITH_INGESTION_TIME = "<aws.events.event.json> <aws.events.event.ingestion-time>"
"""The input template of bridge queues: the event, and the stamp beside its fields."""


def timestamp(seconds: float) -> str:
    """ISO 8601 with microseconds."""
    return _text(round(seconds * 1_000_000))


class Ingestion:
    """Strictly increasing moments, so that they tell in which order the events came in."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._last_microseconds = 0

    def moments(self, count: int) -> list[str]:
        """One for each entry of a PutEvents, in their order."""
        with self._lock:
            first = max(int(self._now() * 1_000_000), self._last_microseconds + 1)
            self._last_microseconds = first + count - 1
        return [_text(first + place) for place in range(count)]


def _text(microseconds: int) -> str:
    seconds, rest = divmod(microseconds, 1_000_000)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
