"""What goes wrong: decided by chance for each occasion by itself, so that each fault can be left out alone."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from simulation.chance import Chance

# Of any call to AWS or to a port:
BEFORE = "crash before"
AFTER = "crash after"
LATE = "late answer"
THROTTLED = "throttled"
SLOW = "slow"
CALL_FAULTS = (BEFORE, AFTER, LATE, THROTTLED, SLOW)
STALE = "stale read"
# Of a post to a connection:
POST_LATE = "delivered, but no answer"
POST_FAILED = "not delivered, no answer"
POST_THROTTLED = "429"
POST_LOST = "200, but lost"
POST_GONE = "410 for a living connection, from now on"
POST_FAULTS = (POST_LATE, POST_FAILED, POST_THROTTLED, POST_LOST, POST_GONE)
# Of the services in between:
BUS_TWICE = "bus delivers twice"
BUS_LATE = "bus delivers late"
QUEUE_TWICE = "queue delivers twice"
QUEUE_LATE = "queue delivers late"
# Of connections:
LEFT_UNTOLD = "$disconnect lost"
LEFT_LATE = "$disconnect late"
LEFT_TWICE = "$disconnect twice"
DIES = "connection dies in silence"
CUT = "connection cut"
TICK_LOST = "tick lost"
OTHER_FAULTS = (
    STALE,
    BUS_TWICE,
    BUS_LATE,
    QUEUE_TWICE,
    QUEUE_LATE,
    LEFT_UNTOLD,
    LEFT_LATE,
    LEFT_TWICE,
    DIES,
    CUT,
    TICK_LOST,
)
ALL_FAULTS = (*CALL_FAULTS, *POST_FAULTS, *OTHER_FAULTS)

_UNIT = float(1 << 64)


@dataclass(frozen=True, slots=True)
class Fault:
    name: str
    """Eight hexadecimal digits that name it in every run of the seed."""
    kind: str
    where: str


@dataclass(slots=True, kw_only=True)
class Faults:
    chance: Chance
    rates: Mapping[str, float]
    kept: frozenset[str] | None = None
    """Only these happen; None: all."""
    fired: list[Fault] = field(default_factory=list)
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(port method or place, kind) and how often; the kind "call" counts all."""
    healed: bool = False
    """From now on nothing goes wrong."""
    _calls: list[tuple[float, str]] = field(init=False)
    _posts: list[tuple[float, str]] = field(init=False)

    def __post_init__(self) -> None:
        self._calls = _limits(self.rates, CALL_FAULTS)
        self._posts = _limits(self.rates, (BEFORE, AFTER, *POST_FAULTS))

    def of_call(self, about: str, number: int, where: str) -> str | None:
        """`number` is what chance says about it: 64 bits."""
        self.seen[where, "call"] += 1
        return self._of(self._calls, about, number, where)

    def of_post(self, about: str, number: int, where: str) -> str | None:
        self.seen[where, "call"] += 1
        return self._of(self._posts, about, number, where)

    def happens(self, kind: str, about: str) -> bool:
        rate = self.rates.get(kind, 0.0)
        if not rate or self.healed:
            return False
        number = self.chance.number(f"{kind}|{about}")
        return number < rate * _UNIT and self._fires(kind, number, about)

    def _of(self, limits: list[tuple[float, str]], about: str, number: int, where: str) -> str | None:
        if self.healed:
            return None
        for limit, kind in limits:
            if number < limit:
                return kind if self._fires(kind, number, f"{where} of {about}") else None
        return None

    def _fires(self, kind: str, number: int, where: str) -> bool:
        name = f"{number & 0xFFFFFFFF:08x}"
        if self.kept is not None and name not in self.kept:
            return False
        self.fired.append(Fault(name, kind, where))
        self.seen[where.partition(" of ")[0], kind] += 1
        return True


def _limits(rates: Mapping[str, float], kinds: tuple[str, ...]) -> list[tuple[float, str]]:
    """Each kind with where its share of all 64-bit numbers ends."""
    total = 0.0
    limits = []
    for kind in kinds:
        if rates.get(kind):
            total += rates[kind]
            limits.append((total * _UNIT, kind))
    return limits
