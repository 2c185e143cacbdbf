"""The welcome first, always: what else is for a connection waits until its welcome has arrived."""

from collections.abc import Sequence

from shared.app.ports.clock import Clock
from shared.app.ports.greetings import Greetings
from shared.domain.limits import YOUNG_SECONDS
from shared.domain.target import Target

GREETED_WAITS_SECONDS = (0.1, 0.2, 0.4)


def is_young(connected_at: float, *, now: float) -> bool:
    """Whether its welcome may be on its way still."""
    return now - connected_at < YOUNG_SECONDS


def not_greeted(targets: Sequence[Target], greetings: Greetings, *, now: float) -> set[str]:
    """The ids of those whose welcome has not arrived. Only young ones are looked at: each costs a read."""
    young = [one.connection_id for one in targets if is_young(one.connected_at, now=now)]
    return set(young) - greetings.greeted(young) if young else set()


def not_greeted_soon(targets: Sequence[Target], greetings: Greetings, clock: Clock) -> set[str]:
    """As `not_greeted`, but looks again for up to 0.7 s: a welcome arrives before its row says so."""
    now = clock.now()
    waiting = not_greeted(targets, greetings, now=now)
    for wait_seconds in GREETED_WAITS_SECONDS:
        if not waiting:
            break
        clock.sleep(wait_seconds)
        waiting = not_greeted(targets, greetings, now=now)
    return waiting
