"""Bookmarks in memory."""

from dataclasses import dataclass, field


@dataclass
class FakeBookmarks:
    places: dict[str, str] = field(default_factory=dict)

    def read(self, name: str) -> str | None:
        return self.places.get(name)

    def write(self, name: str, place: str | None) -> None:
        self.places.pop(name, None)
        if place is not None:
            self.places[name] = place
