"""The Clock port on the virtual clock."""

from simulation.faults import BEFORE, Faults
from simulation.hub import Hub


class SimulatedClock:
    def __init__(self, hub: Hub, faults: Faults) -> None:
        self._hub = hub
        self._faults = faults

    def now(self) -> float:
        return self._hub.now

    def sleep(self, seconds: float) -> None:
        task = self._hub.task
        if task is not None:
            task.calls += 1
            self._faults.seen["Clock.sleep", "call"] += 1
            if self._faults.happens(BEFORE, f"Clock.sleep of {task.key}:{task.calls}"):
                self._hub.die()
        self._hub.wait(seconds)
