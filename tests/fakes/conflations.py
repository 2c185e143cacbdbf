"""Conflation windows in memory."""

import math
from dataclasses import dataclass, field

from shared.app.ports import Holding
from shared.domain.intake import AcceptedEvent


@dataclass
class Window:
    ends: float
    seconds: int
    held: AcceptedEvent | None = None


@dataclass
class FakeConflations:
    windows: dict[str, Window] = field(default_factory=dict)

    def hold(self, key: str, event: AcceptedEvent, *, now: float, window_seconds: int) -> Holding:
        window = self.windows.get(key)
        if window is None or (window.held is None and window.ends <= now):
            self.windows[key] = Window(now + window_seconds, window_seconds)
            return Holding(held=False)
        previous = window.held
        if previous is None or previous.occurred_at <= event.occurred_at:
            window.held = event
        if previous is None or previous.id == event.id:
            return Holding(held=True, release_in_seconds=max(0, math.ceil(window.ends - now)))
        return Holding(held=True)

    def held(self, key: str) -> AcceptedEvent | None:
        window = self.windows.get(key)
        return None if window is None else window.held

    def clear(self, key: str, event_id: str, *, now: float) -> bool:
        window = self.windows.get(key)
        if window is None or window.held is None or window.held.id != event_id:
            return False
        window.held = None
        window.ends = now + window.seconds
        return True
