"""A virtual clock, and tasks that run until they wait: one at a time, in the order of their moments."""

import heapq
from collections.abc import Callable
from itertools import count
from typing import Any

from greenlet import getcurrent, greenlet


class Killed(BaseException):
    """This invocation is over: crashed, or past its timeout."""


class Task:
    """One invocation, or whatever else runs step by step."""

    __slots__ = ("calls", "dead", "done", "green", "key", "kill_at", "label", "run")

    def __init__(
        self,
        key: str,
        run: Callable[[], Any],
        done: Callable[[Any, BaseException | None], None],
        kill_at: float,
        label: str,
    ) -> None:
        self.key = key
        """Names it in every run of the seed: what chance decides about it depends on this."""
        self.run = run
        self.done = done
        self.kill_at = kill_at
        self.label = label
        self.calls = 0
        self.dead = False
        self.green: greenlet | None = None


class Hub:
    def __init__(self, now: float) -> None:
        self.now = now
        self.task: Task | None = None
        """The one that runs; None between tasks."""
        self.running = 0
        """How many have begun and not ended."""
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._main = getcurrent()

    def at(self, moment: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._due, (max(moment, self.now), next(self._order), act))

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        self.at(self.now + seconds, act)

    def spawn(
        self,
        key: str,
        run: Callable[[], Any],
        done: Callable[[Any, BaseException | None], None],
        *,
        kill_at: float = float("inf"),
        label: str = "",
    ) -> None:
        """Begin a task now. `done` is told its result, or what ended it."""
        task = Task(key, run, done, kill_at, label)
        task.green = greenlet(lambda: self._live(task), self._main)
        self.running += 1
        self.at(self.now, lambda: self._resume(task))

    def wait(self, seconds: float) -> None:
        """From within a task: let others run. Raises Killed at the task's deadline."""
        task = self.task
        if task is None:
            raise RuntimeError("only a task can wait")
        if task.dead:
            raise Killed
        moment = self.now + seconds
        if moment >= task.kill_at:
            task.dead = True
            moment = task.kill_at
        self.at(moment, lambda: self._resume(task))
        self._main.switch()
        if task.dead:
            raise Killed

    def die(self) -> None:
        """From within a task: it is gone, with everything that it would still do."""
        if self.task is not None:
            self.task.dead = True
        raise Killed

    def run_until(self, moment: float) -> None:
        """Everything that is due up to that moment."""
        while self._due and self._due[0][0] <= moment:
            self.now, _, act = heapq.heappop(self._due)
            act()
        self.now = max(self.now, moment)

    def next_moment(self) -> float | None:
        return self._due[0][0] if self._due else None

    def _resume(self, task: Task) -> None:
        self.task = task
        if task.green is not None:
            task.green.switch()
        self.task = None

    def _live(self, task: Task) -> None:
        result: Any = None
        problem: BaseException | None = None
        try:
            result = task.run()
        except (Exception, Killed) as exc:  # noqa: BLE001  whatever ends an invocation is told to its caller
            problem = exc
        if task.dead:
            # Code that was killed in the middle of a `finally` ends as killed.
            problem = Killed()
        self.running -= 1
        self.task = None
        task.done(result, problem)
