"""Clients that follow the streams: each promise about them is broken when the code is broken on purpose."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from simulation import following
from simulation.code import Version
from simulation.history import run
from simulation.plan import plan_of
from simulation.profiles import PROFILES
from tidings.resume import Resume

Module = Callable[[str], Any]


class Forgetful(Resume):
    """A client that knows no event by its id."""

    def _hand_over(self, message: Any, name: str = "", *, recovered: bool = False) -> bool:
        return super()._hand_over({**message}, name, recovered=recovered) or self._again(message, name)

    def _again(self, message: Any, name: str) -> bool:
        self._ids.pop(message["id"])
        return super()._hand_over(message, name)


def _no_rows(module: Module) -> None:
    """Offsets are taken, and their rows are never written."""
    module("shared.aws.streams").DynamoStreams.write = lambda *_given: True


def _holes_are_passed(module: Module) -> None:
    """An offset without a row is passed at once, and nothing is put there."""
    history = module("shared.domain.history")
    history.HOLE_SECONDS = -1.0
    hole = history._hole
    history._hole = lambda *given, **more: replace(hole(*given, **more), envelope="")
    write = module("shared.aws.streams").DynamoStreams.write
    module("shared.aws.streams").DynamoStreams.write = lambda self, stream, row: (
        write(self, stream, row) if row.envelope else True
    )


def _all_is_expired(module: Module) -> None:
    module("shared.domain.history")._is_expired = lambda *_given: True


def _all_is_heard(module: Module) -> None:
    """Of a user's stream the events of all channels are told."""
    module("shared.domain.history")._heard_seconds = lambda row, _keep_seconds: 3600 if row.envelope else None


def _grants_are_not_asked(module: Module) -> None:
    """A channel's stream is told also when the token does not grant the channel any more."""
    module("shared.app.read_streams")._may_hear = lambda *_given: True


BROKEN = [
    (_no_rows, "nothing-missed", "memory", 0),
    (_holes_are_passed, "recovered-is-true", "memory", 30),
    (_all_is_expired, "lost-only-where-it-must", "memory", 0),
    (_all_is_heard, "read-by-nobody-else", "memory", 0),
    (_grants_are_not_asked, "read-by-nobody-else", "all", 40875),
]


@pytest.mark.parametrize(("break_it", "invariant", "profile", "seed"), BROKEN)
def test_broken_logic_is_convicted(
    break_it: Callable[[Module], None], invariant: str, profile: str, seed: int
) -> None:
    plan = plan_of(seed, PROFILES[profile])
    assert not run(plan, [Version()], frozenset({invariant})).broken
    broken = Version()
    break_it(broken.modules.__getitem__)
    assert run(plan, [broken], frozenset({invariant})).broken


def test_a_client_that_drops_no_repeats_is_convicted(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of(0, PROFILES["memory"])
    monkeypatch.setattr(following, "Resume", Forgetful)
    assert run(plan, [Version()], frozenset({"handed-once"})).broken
