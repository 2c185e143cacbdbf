"""What a check of `doctor` found."""

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    WELL = 0
    CAUTION = 1
    WRONG = 2


@dataclass(frozen=True)
class Finding:
    level: Level
    text: str
    do: str = ""
    """What to do about it."""


def well(text: str) -> Finding:
    return Finding(Level.WELL, text)


def caution(text: str, do: str) -> Finding:
    return Finding(Level.CAUTION, text, do)


def wrong(text: str, do: str) -> Finding:
    return Finding(Level.WRONG, text, do)
