"""Faults of buses, queues and functions on demand, seeded: the same seed gives the same faults twice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from random import Random
from typing import Any, TypeVar

Item = TypeVar("Item")


class Fault(StrEnum):
    """What may go wrong; each is something AWS allows itself."""

    BUS_DUPLICATE = "bus-duplicate"
    BUS_DELAY = "bus-delay"
    BUS_REORDER = "bus-reorder"
    QUEUE_DUPLICATE = "queue-duplicate"
    QUEUE_DELAY = "queue-delay"
    QUEUE_REORDER = "queue-reorder"
    FUNCTION_FREEZE = "function-freeze"
    FUNCTION_KILL = "function-kill"
    AWS_LATE = "aws-late"
    AWS_THROTTLE = "aws-throttle"
    AWS_ERROR = "aws-error"


@dataclass(frozen=True, slots=True)
class Kind:
    """A fault as the control API explains it."""

    effect: str
    name: str
    """What a rule's `name` is compared with."""
    seconds: str | None = None
    """What a rule's `seconds` mean; None where they mean nothing."""


_BRIDGE = "the bridge queue of the rule, bridge-<rule>-…"
_OPERATION = "service:Operation, as in dynamodb:UpdateItem"
KINDS: Mapping[Fault, Kind] = {
    Fault.BUS_DUPLICATE: Kind("an event reaches its target twice", _BRIDGE),
    Fault.BUS_DELAY: Kind("an event reaches its target late", _BRIDGE, "how late"),
    Fault.BUS_REORDER: Kind("events of one batch reach their target in another order", _BRIDGE),
    Fault.QUEUE_DUPLICATE: Kind("a batch of a queue reaches its function twice", "the queue"),
    Fault.QUEUE_DELAY: Kind("a batch of a queue reaches its function late", "the queue", "how late"),
    Fault.QUEUE_REORDER: Kind("the messages of a batch are in another order", "the queue"),
    Fault.FUNCTION_FREEZE: Kind("the process stands still between invocations", "the function"),
    Fault.FUNCTION_KILL: Kind(
        "the process is killed in an invocation", "the function", "how long after its start"
    ),
    Fault.AWS_LATE: Kind(
        "AWS carries out a function's call and answers too late",
        _OPERATION,
        "how late; 0: not before the function's SDK has given up",
    ),
    Fault.AWS_THROTTLE: Kind("AWS refuses a function's call as one too many", _OPERATION),
    Fault.AWS_ERROR: Kind("AWS answers a function's call with status 500", _OPERATION),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule:
    """Strikes a `share` of the occasions, at most `times`; `name` limits it, and may hold wildcards."""

    fault: Fault
    share: float = 1.0
    seconds: float = 0.0
    times: int | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for what could never strike as meant."""
        if not 0 <= self.share <= 1:
            raise ValueError(f"{self.fault}: share must be between 0 and 1, not {self.share}")
        if self.seconds < 0 or (self.times is not None and self.times < 0):
            raise ValueError(f"{self.fault}: seconds and times must not be negative")


class _Armed:
    def __init__(self, rule: FaultRule, *, seed: int, position: int) -> None:
        self.rule = rule
        self.random = Random(f"{seed}/{position}/{rule.fault}")  # noqa: S311 - reproducible, not secret
        self._left = rule.times

    def strikes(self, name: str) -> bool:
        if self._left == 0 or not fnmatchcase(name, self.rule.name or "*"):
            return False
        if self.random.random() >= self.rule.share:
            return False
        if self._left is not None:
            self._left -= 1
        return True


class Faults:
    """The rules in force. Replacing them starts the seed anew."""

    def __init__(self) -> None:
        self.rules: tuple[FaultRule, ...] = ()
        self.seed = 0
        self._armed: list[_Armed] = []

    def replace(self, rules: Iterable[FaultRule], *, seed: int) -> None:
        self.rules = tuple(rules)
        self.seed = seed
        self._armed = [_Armed(rule, seed=seed, position=place) for place, rule in enumerate(self.rules)]

    def strikes(self, fault: Fault, name: str) -> FaultRule | None:
        """Ask once for each occasion: every question draws from the rule's random numbers."""
        for armed in self._armed:
            if armed.rule.fault is fault and armed.strikes(name):
                return armed.rule
        return None

    def reordered(self, fault: Fault, name: str, items: Sequence[Item]) -> list[Item]:
        for armed in self._armed:
            if armed.rule.fault is fault and len(items) > 1 and armed.strikes(name):
                return armed.random.sample(items, len(items))
        return list(items)

    def freezes(self, function: str) -> bool:
        return self.strikes(Fault.FUNCTION_FREEZE, function) is not None

    def kill_after_seconds(self, function: str) -> float | None:
        rule = self.strikes(Fault.FUNCTION_KILL, function)
        return rule.seconds if rule else None


def rule_of(asked: dict[str, Any]) -> FaultRule:
    """A rule as the control API takes it. Raises ValueError that says what is wrong."""
    known = {"fault", "share", "seconds", "times", "name"}
    if asked.keys() - known:
        raise ValueError(f"unknown fields {sorted(asked.keys() - known)}; a rule has {sorted(known)}")
    try:
        fault = Fault(asked.get("fault", ""))
    except ValueError:
        raise ValueError(f"fault must be one of {', '.join(Fault)}") from None
    return FaultRule(**{**asked, "fault": fault})
