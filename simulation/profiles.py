"""Profiles: what may go wrong, and what is promised none the less."""

from collections.abc import Mapping
from dataclasses import dataclass

from simulation.faults import AFTER, ALL_FAULTS, BEFORE, LATE, SLOW, THROTTLED


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


EVERYTHING = frozenset({"talk", "publish", "conflate", "plan", "access", "renew", "large"})

# `authenticate` killed between its writes: the row says the new end, and nothing waits for it.
# `sound` is `all` without these. What is mended comes off these lists; when they are empty, so does `sound`.
# A $connect that takes more than two seconds after it has written its rows can be taken for gone.
_SLOWNESS = (LATE, SLOW, THROTTLED)
_OPEN = frozenset(
    {
        "last-shown-last",
        "last-shown-last-despite-retries",
        "nothing-older",
        "nothing-older-despite-retries",
        "window-released",
        "conflated-claims-end",
        "welcome-first",
        "deaf-are-cut",
        # A reap killed after it has removed the row among everybody's: no ping finds the others any more.
        "counts-true",
    }
)

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
            says="no faults at all; the welcome and what conflates may still be overtaken",
            features=EVERYTHING,
            faults={},
            not_judged=_OPEN,
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
            name="swift",
            says="no faults at all, every promise: what goes wrong by itself",
            features=EVERYTHING,
            faults={},
        ),
        Profile(
            name="sound",
            says="what holds before conflation decides by moments and writes know their own retries",
            features=EVERYTHING - {"renew"},
            faults=dict.fromkeys((one for one in ALL_FAULTS if one not in _SLOWNESS), 1.0),
            not_judged=_OPEN,
        ),
    )
}
