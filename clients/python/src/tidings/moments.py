"""Moments that order what one process sends."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Moments:
    """Strictly increasing, also when the clock stands still or goes back. Threads may share it."""

    def __init__(self, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self._clock_ns = clock_ns
        self._lock = threading.Lock()
        self._last_microseconds = 0

    def next(self) -> str:
        """ISO 8601 in UTC, with microseconds: `2025-11-14T15:00:00.123456Z`."""
        with self._lock:
            self._last_microseconds = max(self._clock_ns() // 1_000, self._last_microseconds + 1)
            moment = EPOCH + timedelta(microseconds=self._last_microseconds)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


SENT: Final = Moments()
"""What all producers of this process share."""
