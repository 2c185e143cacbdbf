"""A clock that the test moves; sleeping moves it too."""


class FakeClock:
    def __init__(self, now: float = 1_763_132_400.0) -> None:  # 2025-11-14T15:00:00Z, the guide's moment
        self._now = now
        self.slept: list[float] = []

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._now += seconds

    def advance(self, seconds: float) -> None:
        self._now += seconds
