"""Faults on demand, seeded: the same seed and the same traffic give the same faults twice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Fault(StrEnum):
    """What may go wrong. Each is something AWS documents or its users report."""

    DISCONNECT_DROP = "disconnect-drop"  # "best-effort": $disconnect is never invoked
    DISCONNECT_DELAY = "disconnect-delay"  # $disconnect is invoked `seconds` late
    POST_GONE = "post-gone"  # 410 for a connection that lives
    CONNECTION_GONE = "connection-gone"  # POST and GET answer 410 from now on; the socket stays open
    POST_LIMIT = "post-limit"  # 429
    POST_ERROR = "post-error"  # 500
    POST_HANG = "post-hang"  # no answer for `seconds`, then 500
    RESET_ON_POST = "reset-on-post"  # 200, but the socket is cut and the message lost
    RESET_ON_MESSAGE = "reset-on-message"  # the socket is cut when the client's message arrives


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule:
    """Strikes a `share` of the occasions, at most `times` times."""

    fault: Fault
    share: float = 1.0
    seconds: float = 0.0
    times: int | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for what could never strike as meant."""
        if not 0 <= self.share <= 1:
            raise ValueError(f"{self.fault}: share must be between 0 and 1, not {self.share}")
        if self.seconds < 0 or (self.times is not None and self.times < 0):
            raise ValueError(f"{self.fault}: seconds and times must not be negative")


class _Armed:
    """A rule with its own stream of random numbers, so that rules do not disturb each other."""

    def __init__(self, rule: FaultRule, *, seed: int, position: int) -> None:
        self.rule = rule
        self._random = Random(f"{seed}/{position}/{rule.fault}")  # noqa: S311  (reproducible, not secret)
        self._left = rule.times

    def strikes(self) -> bool:
        if self._left == 0 or self._random.random() >= self.rule.share:
            return False
        if self._left is not None:
            self._left -= 1
        return True


class Faults:
    """The rules in force. They can be replaced at any time; replacing them starts the seed anew.

    `generation` grows with each replacement.
    """

    def __init__(self, rules: Iterable[FaultRule] = (), *, seed: int = 0) -> None:
        self.rules: tuple[FaultRule, ...] = ()
        self.seed = seed
        self.generation = 0
        self._armed: dict[Fault, list[_Armed]] = {}
        self.replace(rules, seed=seed)

    def replace(self, rules: Iterable[FaultRule], *, seed: int) -> None:
        self.rules = tuple(rules)
        self.seed = seed
        self.generation += 1
        self._armed = {}
        for position, rule in enumerate(self.rules):
            armed = _Armed(rule, seed=seed, position=position)
            self._armed.setdefault(rule.fault, []).append(armed)

    def strikes(self, fault: Fault) -> FaultRule | None:
        """Ask once for each occasion: every question draws from the rule's random numbers."""
        for armed in self._armed.get(fault, ()):
            if armed.strikes():
                return armed.rule
        return None
