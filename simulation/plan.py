"""From a seed to a plan: how large the world is, what goes wrong how often, and what happens when.

Each seed takes some of the steps and faults only (swarm testing): a mixture of everything hides much.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from simulation.chance import Chance
from simulation.faults import ALL_FAULTS, POST_FAULTS
from simulation.profiles import Profile
from simulation.steps import FEATURES

START = 1_763_132_400.0
USERS = ("ann", "bob", None)
# As declared, or so short that a client's absence outlasts it.
KEPT_SECONDS = (None, None, 90, 240)
CHANNELS = ("jobs", "applications", "recommendations", "interviews", "followups", "system")


@dataclass(frozen=True, slots=True)
class Step:
    number: int
    at: float
    """Seconds after the beginning."""
    kind: str
    given: Mapping[str, Any]

    def __str__(self) -> str:
        words = " ".join(f"{name}={value}" for name, value in self.given.items() if value is not None)
        return f"{self.kind} {words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    seed: int
    profile: str
    begins_at: float
    settings: Mapping[str, Any]
    """Of the functions, where they differ from the rule."""
    rates: Mapping[str, float]
    clients: Sequence[tuple[str, str | None, tuple[str, ...]]]
    """(name, user, channels at first)."""
    steps: Sequence[Step]
    features: frozenset[str]
    followers: frozenset[str] = frozenset()
    """The clients that follow the streams."""
    keep_seconds: int | None = None
    """How long some channels are kept; None: as they are declared."""
    kept_faults: frozenset[str] | None = None
    long: bool = False
    """Whether the day after is looked at too."""

    def with_steps(self, numbers: frozenset[int]) -> "Plan":
        return replace(self, steps=[step for step in self.steps if step.number in numbers])

    def with_faults(self, names: frozenset[str]) -> "Plan":
        return replace(self, kept_faults=names)


def plan_of(seed: int, profile: Profile) -> Plan:
    return _Planner(seed, profile).plan()


@dataclass(slots=True)
class _Planner:
    seed: int
    profile: Profile
    chance: Chance = field(init=False)
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = Chance(self.seed)

    def plan(self) -> Plan:
        chance = self.chance
        features = frozenset(
            name for name in sorted(self.profile.features) if chance.happens(0.4, f"feature {name}")
        ) or frozenset({chance.one_of(sorted(self.profile.features), "only feature")})
        authenticated = not features.isdisjoint({"access", "renew"})
        clients = [
            (
                f"{'abcdefgh'[number]}",
                chance.one_of(USERS[:2] if authenticated else USERS, f"user {number}"),
                tuple(one for one in CHANNELS if chance.happens(0.6, f"wish {number} {one}")),
            )
            for number in range(chance.whole(2, 6 if "large" in features else 4, "clients"))
        ]
        settings: dict[str, Any] = {
            "topic_shards": chance.one_of((1, 1, 2, 3), "shards"),
            "heartbeat_seconds": chance.one_of((60, 120, 240), "heartbeat"),
        }
        if "large" in features:
            settings["targets_per_run"] = chance.whole(1, 2, "targets per run")
        if authenticated:
            settings["auth_mode"] = "jwt"
        for number, (name, _, _) in enumerate(clients):
            self._add(chance.between(0, 2, f"arrives {number}"), "connect", {"client": name})
        self._fill(features, [name for name, _, _ in clients])
        return Plan(
            seed=self.seed,
            profile=self.profile.name,
            begins_at=START + chance.between(0, 120, "begins"),
            settings=settings,
            rates=self._rates(),
            clients=clients,
            steps=sorted(self.steps, key=lambda step: step.at),
            features=features,
            followers=self._followers(features, [name for name, _, _ in clients]),
            keep_seconds=chance.one_of(KEPT_SECONDS, "keep") if "memory" in features else None,
            long=chance.happens(self.profile.long_share, "long"),
        )

    def _followers(self, features: frozenset[str], clients: Sequence[str]) -> frozenset[str]:
        if "memory" not in features:
            return frozenset()
        return frozenset(name for name in clients if self.chance.happens(0.7, f"follows {name}"))

    def _rates(self) -> dict[str, float]:
        """Some histories have no faults at all, most have a few kinds."""
        chance = self.chance
        if chance.happens(0.1, "calm"):
            return {}
        rates = {}
        for kind in ALL_FAULTS:
            if kind in self.profile.faults and chance.happens(0.35, f"has {kind}"):
                most = 0.12 if kind in POST_FAULTS else 0.06
                rates[kind] = chance.between(0.005, self.profile.faults[kind] * most, f"rate {kind}")
        return rates

    def _fill(self, features: frozenset[str], clients: Sequence[str]) -> None:
        chance = self.chance
        kinds = [kind for name in sorted(features) for kind in FEATURES[name]]
        at = 3.0
        for number in range(chance.whole(6, 18, "steps")):
            pause = chance.one_of((0.02, 0.1, 0.3, 1.0, 2.1, 6.0, 20.0), f"pause {number}")
            at += chance.between(pause / 2, pause, f"gap {number}")
            kind = chance.one_of(kinds, f"kind {number}")
            for step, given, later in kind(chance, f"step {number}", clients):
                self._add(at + later, step, given)

    def _add(self, at: float, kind: str, given: Mapping[str, Any]) -> None:
        self.steps.append(Step(len(self.steps), at, kind, given))
