"""A check: a function with a name and the sentence that it holds the stage to."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from verify.world import World

# A check that takes longer than this has failed.
SECONDS = 60.0


class Needs(StrEnum):
    """What a stage must have, or put up with, for a check to be run on it. The value says it to people."""

    AWS = "only AWS can answer"
    AUTHENTICATION = "the stage believes ?user_id= (auth_mode=none)"
    NO_AUTHENTICATION = "the stage authenticates: nobody is connected without a user"
    TOKEN = "needs a good token: --token"  # noqa: S105  this is what people are told
    ORIGIN = "needs a page's origin that the stage admits: --origin"
    FULL = "takes minutes: --full"
    DISTURBS = "would reach users or raise an alarm: not on prod, unless with --disturb"


class Broken(Exception):
    """The stage does not hold the sentence; the message says what it did."""


class NotAskedError(Exception):
    """The check cannot be carried out here; the message says why."""


class Run(Protocol):
    __name__: str

    def __call__(self, world: "World", /) -> Awaitable[None]: ...


@dataclass(frozen=True)
class Check:
    name: str
    promise: str
    run: Run
    chapter: str
    needs: frozenset[Needs]
    alone: bool
    """It counts something that other checks change: it runs when no other does."""
    seconds: float


CHECKS: dict[str, Check] = {}


def check(promise: str, *needs: Needs, alone: bool = False, seconds: float = SECONDS) -> Callable[[Run], Run]:
    """Enter a function among the checks, by its own name; its module is the chapter."""

    def enter(run: Run) -> Run:
        name = run.__name__.replace("_", "-")
        if name in CHECKS:
            raise ValueError(f"two checks are called {name}")
        chapter = run.__module__.rpartition(".")[2]
        CHECKS[name] = Check(name, promise, run, chapter, frozenset(needs), alone, seconds)
        return run

    return enter


def expect(condition: object, otherwise: object) -> None:
    """Raise Broken, and say `otherwise`, unless the condition holds."""
    if not condition:
        raise Broken(str(otherwise))
