"""Conflation: read a key's window, let the domain decide, write it; anew when another was quicker."""

import json
from collections.abc import Callable
from hashlib import sha256

from shared.app.ports import Ports
from shared.domain import conflation
from shared.domain.conflation import Decision, Verdict, Window
from shared.domain.deliveries import ReleaseWindow
from shared.domain.errors import TryAgain
from shared.domain.intake import AcceptedEvent
from shared.domain.lease import Lease
from shared.domain.moments import delay_until
from shared.domain.receipt import Receipt

# Each writer that was quicker means that one of them has got through.
TRIES = 12
LONGEST_WAIT_SECONDS = 0.4
# A key of DynamoDB has 2,048 bytes at most; a character may take four.
_KEY_CHARACTERS = 400


def arrive(ports: Ports, key: str, event: AcceptedEvent, lease: Lease) -> Verdict:
    """Whether an event goes out now. One that does not has a receipt that says so."""
    window_seconds = _window_seconds(event)
    decision = _decide(
        ports,
        key,
        lambda window, now: conflation.arrive(
            window, event, lease=lease, window_seconds=window_seconds, now=now
        ),
    )
    if decision.verdict is not Verdict.SEND:
        held = decision.verdict is Verdict.HOLD
        receipt = Receipt(published_at=event.occurred_at, held=int(held), superseded=int(not held))
        ports.history.note(event.id, receipt, window=key, now=ports.clock.now())
    return decision.verdict


def rejoin(ports: Ports, key: str, event_id: str, lease: Lease) -> bool:
    """Whether an event that was let through may still be posted: no newer one was."""
    decision = _decide(
        ports, key, lambda window, now: conflation.rejoin(window, event_id, lease=lease, now=now)
    )
    return decision.verdict is Verdict.SEND


def release(ports: Ports, key: str, lease: Lease) -> Decision:
    """What is to be sent of the window, if its time has come."""

    def decided(window: Window | None, now: float) -> Decision:
        held = None if window is None else window.held
        window_seconds = 0 if held is None else _window_seconds(held)
        return conflation.release(window, lease=lease, window_seconds=window_seconds, now=now)

    return _decide(ports, key, decided)


def leave(ports: Ports, key: str, event_id: str, lease: Lease, *, is_sent: bool) -> None:
    """This invocation has stopped posting the event."""

    def decided(window: Window | None, _now: float) -> Decision:
        left = conflation.leave(window, event_id, owner=lease.owner, is_sent=is_sent)
        return Decision(verdict=Verdict.NOTHING, window=left)

    _decide(ports, key, decided)


def _decide(ports: Ports, key: str, decide: Callable[[Window | None, float], Decision]) -> Decision:
    """Raises TryAgain."""
    kept = ports.windows.read(key, now=ports.clock.now())
    for turn in range(TRIES):
        now = ports.clock.now()
        decision = decide(kept.window, now)
        newer = None
        if decision.window is not None and decision.window is not kept.window:
            newer = ports.windows.write(key, decision.window, after=kept, now=now)
        if newer is None:
            if decision.release_at is not None:
                ports.queue.put(ReleaseWindow(key=key), delay_seconds=delay_until(decision.release_at, now))
            return decision
        kept = newer
        ports.clock.sleep(min(LONGEST_WAIT_SECONDS, 0.01 * 2**turn) * ports.jitter())
    raise TryAgain(f"the window {key} kept changing")


def window_key(event: AcceptedEvent) -> str | None:
    """Events of one key replace one another. None for a type that is never conflated."""
    declared = event.type.conflation
    if declared is None:
        return None
    kept_apart = "" if declared.key_field is None else event.data[declared.key_field]
    parts = [event.type.name, event.user_id or "", str(kept_apart)]
    if event.channel != event.type.channel:
        # Of a channel with parameters each name has its own audience, and its own window.
        parts.append(event.channel or "")
    key = "#".join(parts)
    if len(key) <= _KEY_CHARACTERS and key.count("#") == len(parts) - 1:
        return key
    # Too long for a key of DynamoDB, or to be read in two ways.
    return f"{event.type.name}#{sha256(json.dumps(parts).encode()).hexdigest()}"


def _window_seconds(event: AcceptedEvent) -> int:
    # Of a type that a newer version does not conflate any more, what is held goes out at once.
    return 0 if event.type.conflation is None else event.type.conflation.window_seconds
