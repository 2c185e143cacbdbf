"""Profiles: what may go wrong, and what is promised none the less."""

from collections.abc import Mapping
from dataclasses import dataclass

from simulation.faults import ALL_FAULTS


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


EVERYTHING = frozenset({"talk", "publish", "conflate", "plan", "access", "large"})

PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            name="all",
            says="every step, every fault, every invariant",
            features=EVERYTHING,
            faults=dict.fromkeys(ALL_FAULTS, 1.0),
        ),
    )
}
