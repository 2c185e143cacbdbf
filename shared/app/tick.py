"""The minute's tick: what is due soon goes to the delivery queue, with the delay that lands it on time."""

from dataclasses import dataclass

from shared.app.enqueue_due import enqueue_due
from shared.app.ports import Ports
from shared.domain.deliveries import Heartbeat, ReleaseWindow
from shared.domain.heartbeats import OFFERED_SECONDS, heartbeats_between
from shared.domain.moments import delay_until
from shared.domain.schedule import HORIZON_SECONDS

BOOKMARK = "heartbeats"
# A held event that is due for so long has lost its release.
WINDOW_OVERDUE_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked:
    heartbeats: int
    released: int
    overdue: int
    """Of the released: those whose moment had passed."""
    latest_seconds: float
    """How long ago the moment of the latest of them was."""
    windows: int
    """Conflation windows whose release was lost, and is asked for anew."""
    finished: bool
    """False when time ran out: the next tick goes on where this one stopped."""


def tick(ports: Ports, *, deadline: float) -> Ticked:
    now = ports.clock.now()
    heartbeats = _plan_heartbeats(ports, now)
    windows = _release_windows(ports, now)
    released = overdue = 0
    latest_seconds, finished = 0.0, True
    for page in ports.schedule.due(until=now + HORIZON_SECONDS, turn=int(now // 60)):
        enqueue_due(ports, page, now=now)
        released += len(page)
        late_seconds = [now - due.due_at for due in page if due.due_at < now]
        overdue += len(late_seconds)
        latest_seconds = max([latest_seconds, *late_seconds])
        if ports.clock.now() >= deadline:
            finished = False
            break
    return Ticked(
        heartbeats=heartbeats,
        released=released,
        overdue=overdue,
        latest_seconds=latest_seconds,
        windows=windows,
        finished=finished,
    )


def _release_windows(ports: Ports, now: float) -> int:
    asked = 0
    for keys in ports.windows.overdue(before=now - WINDOW_OVERDUE_SECONDS):
        ports.queue.put_all((ReleaseWindow(key=key), 0) for key in keys)
        asked += len(keys)
    return asked


def _plan_heartbeats(ports: Ports, now: float) -> int:
    """Queue the pings that no earlier tick has queued; what is queued twice is sent once."""
    until = now + HORIZON_SECONDS
    said = ports.schedule.bookmark(BOOKMARK)
    planned_until = now if said is None else float(said)
    # Further ahead than any tick plans: written by a clock that was wrong.
    start = planned_until if now <= planned_until <= until else now
    shares = ports.settings.heartbeat_shares
    beats = [
        Heartbeat(due_at=due_at, share=share, shares=shares, heartbeat_seconds=own_seconds)
        for own_seconds in (None, *OFFERED_SECONDS)
        for due_at, share in heartbeats_between(
            start, until, own_seconds or ports.settings.heartbeat_seconds, shares=shares
        )
    ]
    ports.queue.put_all((beat, delay_until(beat.due_at, now)) for beat in beats)
    ports.schedule.set_bookmark(BOOKMARK, repr(until), now=now)
    return len(beats)
