"""`user.forgotten`, carried out: what is kept of a user is removed, a page after the other."""

from collections.abc import Mapping
from dataclasses import replace

from shared.app.delivered import Delivered
from shared.app.fan_out.event import FanOutResult
from shared.app.ports import Ports
from shared.app.ports.history import Claim
from shared.app.ports.user_rows import Kept
from shared.domain.deliveries import Forget
from shared.domain.errors import TryAgain
from shared.domain.lease import Lease
from shared.domain.moments import delay_until
from shared.domain.progress import Place, Progress
from shared.domain.receipt import Receipt

# Everything twice: whoever was writing for the user when it began may have written behind the first pass.
STEPS: tuple[Kept, ...] = ("events", "items", "plans", "tickets") * 2
SECOND_PASS = len(STEPS) // 2
# Longer than any invocation may run.
LATE_WRITERS_SECONDS = 90
TURN_SECONDS = 15.0
_COUNTED: Mapping[Kept, str] = {
    "events": "removed_events",
    "items": "removed_items",
    "plans": "removed_plans",
    "tickets": "removed_tickets",
}


def forget_user(ports: Ports, forget: Forget, lease: Lease) -> Delivered:
    """Raises TryAgain."""
    now = ports.clock.now()
    claimed = ports.history.claim(forget.event_id, now=now, lease=lease)
    if claimed.claim is Claim.DONE:
        return Delivered(subject=forget.event_id, result="forgotten already")
    if claimed.claim is Claim.RUNNING:
        ports.parts.put(forget, delay_seconds=delay_until(claimed.lease_until + 1, now))
        return Delivered(subject=forget.event_id, result="running: put back")
    progress = claimed.progress or _beginning(forget)
    turn_ends_at = now + TURN_SECONDS
    while progress.places and ports.clock.now() < turn_ends_at:
        place = progress.places[0]
        if place.shard == SECOND_PASS and place.after is None and not forget.late:
            return _later(ports, replace(forget, late=True), progress, lease, LATE_WRITERS_SECONDS)
        _remove_page(ports, forget.user_id, place, progress)
        if not ports.history.save(forget.event_id, progress, lease=lease):
            raise TryAgain(f"{forget.event_id}: another invocation has taken it over")
    if progress.places:
        return _later(ports, forget, progress, lease, 0)
    ports.history.finish(forget.event_id, progress.receipt, lease=lease)
    return _told(forget, "forgotten", progress.receipt)


def _remove_page(ports: Ports, user_id: str, place: Place, progress: Progress) -> None:
    kept = STEPS[place.shard]
    removed, after = ports.user_rows.remove(kept, user_id, after=place.after)
    name = _COUNTED[kept]
    setattr(progress.receipt, name, getattr(progress.receipt, name) + removed)
    following = progress.places[1:]
    progress.places = following if after is None else (Place(place.shard, after), *following)


def _later(ports: Ports, forget: Forget, progress: Progress, lease: Lease, delay_seconds: int) -> Delivered:
    ports.history.release(forget.event_id, progress, lease=lease)
    # After the release: a message that comes early would find it taken.
    ports.parts.put(forget, delay_seconds=delay_seconds)
    return _told(forget, "goes on", progress.receipt)


def _beginning(forget: Forget) -> Progress:
    receipt = Receipt(
        published_at=forget.published_at,
        removed_connections=forget.closed,
        removed_events=0,
        removed_items=0,
        removed_plans=0,
        removed_tickets=0,
    )
    return Progress(places=tuple(Place(step) for step in range(len(STEPS))), receipt=receipt)


def _told(forget: Forget, result: str, receipt: Receipt) -> Delivered:
    fanned = FanOutResult(claim=Claim.NEW, receipt=receipt, counts=receipt.since(receipt))
    return Delivered(subject=forget.event_id, result=result, fanned=fanned)
