"""Profiles: what may go wrong, and what is promised none the less."""

from collections.abc import Mapping
from dataclasses import dataclass

from simulation.faults import AFTER, ALL_FAULTS, BEFORE, LATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    name: str
    says: str
    features: frozenset[str]
    faults: Mapping[str, float]
    """How large a rate may be, of the most there is."""
    not_judged: frozenset[str] = frozenset()
    """Invariants that this profile does not look at."""
    long_share: float = 0.2
    """How many histories look at the day after too."""


EVERYTHING = frozenset({"talk", "publish", "conflate", "plan", "access", "renew", "large", "inbox", "memory"})

PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            name="all",
            says="every step, every fault, every invariant",
            features=EVERYTHING,
            faults=dict.fromkeys(ALL_FAULTS, 1.0),
        ),
        Profile(
            name="calm",
            says="no faults at all: what goes wrong by itself",
            features=EVERYTHING,
            faults={},
        ),
        Profile(
            name="late",
            says="nothing goes wrong but that answers of AWS come too late",
            features=EVERYTHING,
            faults={LATE: 1.0},
        ),
        Profile(
            name="killed",
            says="nothing goes wrong but that invocations die between two calls",
            features=EVERYTHING,
            faults={BEFORE: 1.0, AFTER: 1.0},
        ),
        Profile(
            name="memory",
            says="clients that follow the streams are cut, stay away and come back",
            features=frozenset({"memory"}),
            faults=dict.fromkeys(ALL_FAULTS, 1.0),
        ),
        Profile(
            name="sound",
            says="every step, every fault, every promise that the code gives today",
            features=EVERYTHING,
            faults=dict.fromkeys(ALL_FAULTS, 1.0),
        ),
    )
}
