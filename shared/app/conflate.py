"""Conflation: read a key's window, let the domain decide, write it; anew when another was quicker."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from shared.app.ports.clock import Clock
from shared.app.ports.history import History
from shared.app.ports.queue import Queue
from shared.app.ports.windows import Windows
from shared.domain.conflation import Decision, Verdict, Window, arrive, leave, rejoin, release
from shared.domain.deliveries import ReleaseWindow
from shared.domain.errors import TidingsError
from shared.domain.intake import AcceptedEvent
from shared.domain.lease import Lease
from shared.domain.moments import delay_until
from shared.domain.receipt import Receipt

# Each writer that was quicker means that one of them has got through.
TRIES = 12
LONGEST_WAIT_SECONDS = 0.4
# A key of DynamoDB has 2,048 bytes at most; a character may take four.
_KEY_CHARACTERS = 400


class WindowContended(TidingsError):
    """The window kept changing under every try: the event's own retry goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflate:
    windows: Windows
    history: History
    queue: Queue
    clock: Clock
    jitter: Callable[[], float]

    def arrive(self, key: str, event: AcceptedEvent, lease: Lease) -> Verdict:
        """Whether an event goes out now. One that does not has a receipt that says so."""
        window_seconds = _window_seconds(event)
        decision = self._decide(
            key,
            lambda window, now: arrive(window, event, lease=lease, window_seconds=window_seconds, now=now),
        )
        if decision.verdict is not Verdict.SEND:
            held = decision.verdict is Verdict.HOLD
            receipt = Receipt(published_at=event.occurred_at, held=int(held), superseded=int(not held))
            self.history.note(event.id, receipt, window=key, now=self.clock.now())
        return decision.verdict

    def rejoin(self, key: str, event_id: str, lease: Lease) -> bool:
        """Whether an event that was let through may still be posted: no newer one was."""
        decision = self._decide(key, lambda window, now: rejoin(window, event_id, lease=lease, now=now))
        return decision.verdict is Verdict.SEND

    def release(self, key: str, lease: Lease) -> Decision:
        """What is to be sent of the window, if its time has come."""

        def decided(window: Window | None, now: float) -> Decision:
            held = None if window is None else window.held
            window_seconds = 0 if held is None else _window_seconds(held)
            return release(window, lease=lease, window_seconds=window_seconds, now=now)

        return self._decide(key, decided)

    def leave(self, key: str, event_id: str, lease: Lease, *, is_sent: bool) -> None:
        """This invocation has stopped posting the event."""

        def decided(window: Window | None, _now: float) -> Decision:
            left = leave(window, event_id, owner=lease.owner, is_sent=is_sent)
            return Decision(verdict=Verdict.NOTHING, window=left)

        self._decide(key, decided)

    def _decide(self, key: str, decide: Callable[[Window | None, float], Decision]) -> Decision:
        """Raises WindowContended."""
        kept = self.windows.read(key, now=self.clock.now())
        for turn in range(TRIES):
            now = self.clock.now()
            decision = decide(kept.window, now)
            newer = None
            if decision.window is not None and decision.window is not kept.window:
                newer = self.windows.write(key, decision.window, after=kept, now=now)
            if newer is None:
                if decision.release_at is not None:
                    self.queue.put(
                        ReleaseWindow(key=key), delay_seconds=delay_until(decision.release_at, now)
                    )
                return decision
            kept = newer
            self.clock.sleep(min(LONGEST_WAIT_SECONDS, 0.01 * 2**turn) * self.jitter())
        raise WindowContended(key)


def window_key(event: AcceptedEvent) -> str | None:
    """Events of one key replace one another. None for a type that is never conflated."""
    conflation = event.type.conflation
    if conflation is None:
        return None
    kept_apart = "" if conflation.key_field is None else event.data[conflation.key_field]
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
