"""The characters of a template, taken one piece after another."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from .errors import TemplateSyntaxError

if TYPE_CHECKING:
    import re


class Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    @property
    def at_end(self) -> bool:
        return self.place >= len(self.text)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The match at this place, which is left behind; None, and nothing is left behind."""
        match = pattern.match(self.text, self.place)
        if match is not None:
            self.place = match.end()
        return match

    def require(self, pattern: re.Pattern[str], wanted: str) -> re.Match[str]:
        match = self.take(pattern)
        if match is None:
            self.fail(f"{wanted} is missing")
        return match

    def fail(self, what: str) -> NoReturn:
        line = self.text.count("\n", 0, self.place) + 1
        here = self.text[self.place : self.place + 20].partition("\n")[0]
        raise TemplateSyntaxError(f"line {line}: {what} at {here!r}")
