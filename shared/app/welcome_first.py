"""The welcome first, always: what else is for a connection waits until its welcome has arrived."""

from collections.abc import Sequence

from shared.app.ports import Ports
from shared.domain.limits import YOUNG_SECONDS
from shared.domain.target import Target

GREETED_WAITS_SECONDS = (0.1, 0.2, 0.4)


def is_young(connected_at: float, *, now: float) -> bool:
    """Whether its welcome may be on its way still."""
    return now - connected_at < YOUNG_SECONDS


def not_greeted(ports: Ports, targets: Sequence[Target], *, now: float) -> set[str]:
    """The ids of those whose welcome has not arrived. Only young ones are looked at: each costs a read."""
    young = [one.connection_id for one in targets if is_young(one.connected_at, now=now)]
    return set(young) - ports.greetings.greeted(young) if young else set()


def not_greeted_soon(ports: Ports, targets: Sequence[Target]) -> set[str]:
    """As `not_greeted`, but looks again for up to 0.7 s: a welcome arrives before its row says so."""
    now = ports.clock.now()
    waiting = not_greeted(ports, targets, now=now)
    for wait_seconds in GREETED_WAITS_SECONDS:
        if not waiting:
            break
        ports.clock.sleep(wait_seconds)
        waiting = not_greeted(ports, targets, now=now)
    return waiting
