"""Chance that depends on the seed and on what it is asked about, and on nothing that was asked before.

So a history from which a step or a fault is taken away keeps all its other luck: that is how it is shortened.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

_T = TypeVar("_T")
_RANGE = 1 << 64


class Chance:
    def __init__(self, seed: int) -> None:
        self._key = seed.to_bytes(8, "big")

    def number(self, about: str) -> int:
        """64 bits, the same in every process and on every machine."""
        return int.from_bytes(blake2b(about.encode(), digest_size=8, key=self._key).digest(), "big")

    def share(self, about: str) -> float:
        """In [0, 1)."""
        return self.number(about) / _RANGE

    def between(self, low: float, high: float, about: str) -> float:
        return low + (high - low) * self.share(about)

    def whole(self, low: int, high: int, about: str) -> int:
        """In low..high, both included."""
        return low + self.number(about) % (high - low + 1)

    def one_of(self, choices: Sequence[_T], about: str) -> _T:
        return choices[self.number(about) % len(choices)]

    def happens(self, probability: float, about: str) -> bool:
        return self.share(about) < probability
