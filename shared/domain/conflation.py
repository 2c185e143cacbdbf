"""A conflation window: which event of a key goes out now, which is held, which is dropped.

Pure: each function takes the window as it is kept and returns it as it is to be kept. The last event that
producers sent is the last one shown, and nothing older is shown after it: a run that may still post is known
by its lease, and a newer event waits for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from shared.domain.intake import AcceptedEvent
from shared.domain.lease import Lease

# Events of one key and one moment that are told apart. Moments are microseconds or, at worst, whole seconds.
SEEN_AT_MOST = 20


class Verdict(StrEnum):
    SEND = "send"
    HOLD = "hold"
    DROP = "drop"
    """A newer event of the key was sent or is held."""
    WAIT = "wait"
    """Ask again at `release_at`: the window is open, or an earlier event is still being posted."""
    NOTHING = "nothing"
    """Nothing is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What is kept of a key. All moments are seconds since the epoch."""

    ends_at: float
    """No newer event goes out before."""
    moment: float
    """Of the newest event that was seen."""
    seen: tuple[str, ...]
    """The ids of the events of that moment, in the order of their arrival."""
    sent_id: str
    """The newest event that was let through."""
    held: AcceptedEvent | None = None
    """What goes out next. It stays until it is sent, so that a crash loses nothing."""
    release_at: float | None = None
    """When `held` is due; None when nothing is held."""
    running: Mapping[str, float] = field(default_factory=dict)
    """Invocations that may be posting `sent_id`: owner and end of lease."""

    @property
    def held_id(self) -> str | None:
        return None if self.held is None else self.held.id

    def running_until(self, now: float) -> float:
        """When the last invocation that may be posting is over; 0 when none is."""
        return max((until for until in self.running.values() if until > now), default=0.0)

    def is_open(self, now: float) -> bool:
        return now < self.ends_at or self.running_until(now) > 0

    def joined_by(self, lease: Lease, now: float) -> "Window":
        running = {owner: until for owner, until in self.running.items() if until > now}
        return replace(self, running={**running, lease.owner: lease.until})

    def left_by(self, owner: str) -> "Window":
        if owner not in self.running:
            return self
        return replace(self, running={one: until for one, until in self.running.items() if one != owner})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    verdict: Verdict
    window: Window | None
    """As it is to be kept."""
    release_at: float | None = None
    """When the held event is to be asked for; None when somebody has seen to that."""
    event: AcceptedEvent | None = None
    """What to send, where it comes from the window."""


def arrive(
    window: Window | None, event: AcceptedEvent, *, lease: Lease, window_seconds: float, now: float
) -> Decision:
    """An event comes from the bus: for the first time, twice, late, or after a crash."""
    if window is None:
        return Decision(verdict=Verdict.SEND, window=_sent(event, lease, now + window_seconds))
    # An invocation does one thing after the other: a lease of its own is of work that has ended.
    window = window.left_by(lease.owner)
    if event.id == window.sent_id:
        return rejoin(window, event.id, lease=lease, now=now)
    is_held = window.held_id == event.id
    if not is_held and not _is_newer(event, window):
        return Decision(verdict=Verdict.DROP, window=window, release_at=_overdue(window, now))
    if not window.is_open(now):
        sent = _sent(event, lease, now + window_seconds)
        return Decision(verdict=Verdict.SEND, window=replace(sent, seen=_seen(window, event)))
    release_at = max(now, window.ends_at)
    # The release was asked for when the first event was held. Not so when what was held is being sent just
    # now, and when the invocation that held it died: then the same event comes again, or the release is
    # overdue.
    is_waiting = window.held_id not in (None, window.sent_id)
    is_asked_for = is_waiting and not is_held and _overdue(window, now) is None
    kept = replace(
        window,
        held=event,
        moment=event.moment,
        seen=_seen(window, event),
        release_at=window.release_at if is_asked_for else release_at,
    )
    return Decision(verdict=Verdict.HOLD, window=kept, release_at=None if is_asked_for else release_at)


def rejoin(window: Window | None, event_id: str, *, lease: Lease, now: float) -> Decision:
    """Go on with an event that was let through: a retry, or a part of a large one."""
    if window is None:
        return Decision(verdict=Verdict.SEND, window=None)
    if window.sent_id != event_id:
        return Decision(verdict=Verdict.DROP, window=window, release_at=_overdue(window, now))
    return Decision(
        verdict=Verdict.SEND, window=window.joined_by(lease, now), release_at=_overdue(window, now)
    )


def release(window: Window | None, *, lease: Lease, window_seconds: float, now: float) -> Decision:
    """The window has ended: send what is held."""
    if window is None or window.held is None:
        return Decision(verdict=Verdict.NOTHING, window=window)
    held, window = window.held, window.left_by(lease.owner)
    # What is held and let through is being sent, or was being sent by an invocation that died.
    is_open = window.running_until(now) > 0 if held.id == window.sent_id else window.is_open(now)
    if is_open:
        again_at = window.ends_at if now < window.ends_at else now + window_seconds
        return Decision(verdict=Verdict.WAIT, window=window, release_at=again_at)
    sent = replace(
        window, sent_id=held.id, ends_at=now + window_seconds, release_at=lease.until, running={}
    ).joined_by(lease, now)
    return Decision(verdict=Verdict.SEND, window=sent, event=held)


def leave(window: Window | None, event_id: str, *, owner: str, is_sent: bool) -> Window | None:
    """An invocation has stopped posting. `is_sent`: the event needs the window no more."""
    if window is None:
        return None
    window = window.left_by(owner)
    if is_sent and window.held_id == event_id:
        return replace(window, held=None, release_at=None)
    return window


def _sent(event: AcceptedEvent, lease: Lease, ends_at: float) -> Window:
    return Window(
        ends_at=ends_at,
        moment=event.moment,
        seen=(event.id,),
        sent_id=event.id,
        running={lease.owner: lease.until},
    )


def _is_newer(event: AcceptedEvent, window: Window) -> bool:
    """Of one moment, the event that arrives later is the newer one."""
    if event.moment == window.moment:
        return event.id not in window.seen
    return event.moment > window.moment


def _seen(window: Window, event: AcceptedEvent) -> tuple[str, ...]:
    if event.moment != window.moment:
        return (event.id,)
    others = tuple(one for one in window.seen if one != event.id)
    return (*others, event.id)[-SEEN_AT_MOST:]


def _overdue(window: Window, now: float) -> float | None:
    """The moment to ask at, when the release of what is held was lost."""
    if window.release_at is None or now < window.release_at:
        return None
    return max(now, window.ends_at)
