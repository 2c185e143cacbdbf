"""How far work that never ends has come."""

from typing import Protocol


class Bookmarks(Protocol):
    """How far the work that never ends has come, from one tick to the next."""

    def read(self, name: str) -> str | None: ...

    def write(self, name: str, place: str | None) -> None: ...
