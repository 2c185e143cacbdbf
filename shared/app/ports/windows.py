"""Conflation windows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.domain.conflation import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWindow:
    window: Window | None
    version: int
    """0 when there is no row."""


class Windows(Protocol):
    """The conflation window of each key, read and written whole."""

    def read(self, key: str, *, now: float) -> KeptWindow: ...

    def write(self, key: str, window: Window, *, after: KeptWindow, now: float) -> KeptWindow | None:
        """Write what was decided on the window as it was read. None: it is written.

        Else somebody has written since, and nothing changes: the window as it is now.
        """

    def overdue(self, *, before: float) -> Iterator[Sequence[str]]:
        """Keys whose held event was due before that moment, in pages."""
