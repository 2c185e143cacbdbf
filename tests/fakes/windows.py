"""Conflation windows in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from shared.app.ports.windows import KeptWindow
from shared.domain.conflation import Window


@dataclass
class FakeWindows:
    kept: dict[str, KeptWindow] = field(default_factory=dict)

    def read(self, key: str, *, now: float) -> KeptWindow:  # noqa: ARG002  rows here do not expire
        return self.kept.get(key, KeptWindow(window=None, version=0))

    def write(self, key: str, window: Window, *, after: KeptWindow, now: float) -> KeptWindow | None:
        present = self.read(key, now=now)
        if present.version != after.version:
            return present
        self.kept[key] = KeptWindow(window=window, version=after.version + 1)
        return None

    def overdue(self, *, before: float) -> Iterator[Sequence[str]]:
        keys = [
            key
            for key, kept in self.kept.items()
            if kept.window is not None and (kept.window.release_at or before) < before
        ]
        if keys:
            yield keys
