"""An event from the bus to its audience, once."""

from enum import StrEnum

from shared.app import conflate
from shared.app.conflate import window_key
from shared.app.delivered import Delivered
from shared.app.fan_out.event import FanOutResult, fan_out
from shared.app.ports import Ports
from shared.app.ports.history import Claim
from shared.app.rejecting import keep_invalid
from shared.app.remember import remember
from shared.domain.conflation import Verdict
from shared.domain.deliveries import FanOutPart, RecheckEvent, ReleaseWindow
from shared.domain.errors import EventRejected
from shared.domain.intake import AcceptedEvent, BusEvent, accept, from_held_form, held_form
from shared.domain.lease import Lease
from shared.domain.moments import delay_until


class Result(StrEnum):
    SENT = "sent"
    DUPLICATE = "duplicate"
    HELD = "held"
    SUPERSEDED = "superseded"
    PENDING = "pending"
    REJECTED = "rejected"
    NOT_FOR_CLIENTS = "not_for_clients"


def publish(ports: Ports, event: BusEvent, *, lease: Lease) -> Delivered:
    """Carry out an event from the bus; what is not valid is kept with the reasons."""
    try:
        accepted = accept(event, ports.catalog, now=ports.clock.now())
    except EventRejected as rejected:
        keep_invalid(ports, event, rejected)
        return Delivered(subject=event.event_id, result=Result.REJECTED, reasons=rejected.reasons)
    # What is to be delivered later is the scheduler's; the bus gives it to both only by mistake.
    if accepted.deliver_at is not None and accepted.deliver_at > ports.clock.now():
        return _published(accepted, Result.NOT_FOR_CLIENTS)
    return send(ports, accepted, lease=lease)


def recheck(ports: Ports, begun: RecheckEvent, lease: Lease) -> Delivered:
    """An event that another invocation had begun, when that one's time is over."""
    event = from_held_form(begun.event, ports.catalog)
    return send(ports, event, lease=lease, sent_at=begun.sent_at)


def send(ports: Ports, event: AcceptedEvent, *, lease: Lease, sent_at: float | None = None) -> Delivered:
    """Post an accepted event, unless that was done or is being done, or its window says otherwise."""
    if event.channel is None:
        return _published(event, Result.NOT_FOR_CLIENTS)
    key = window_key(event)
    if key is None:
        return _post(ports, event, lease=lease, sent_at=sent_at)
    verdict = conflate.arrive(ports, key, event, lease)
    if verdict is not Verdict.SEND:
        return _published(event, Result.HELD if verdict is Verdict.HOLD else Result.SUPERSEDED)
    return _post_within(ports, key, event, lease=lease, sent_at=sent_at)


def release_window(ports: Ports, held: ReleaseWindow, lease: Lease) -> Delivered:
    """Send the newest event of a conflation window, if it is time."""
    event = conflate.release(ports, held.key, lease).event
    if event is None:
        return Delivered(subject=held.key, result="nothing to send now")
    return _post_within(ports, held.key, event, lease=lease)


def _post_within(
    ports: Ports, key: str, event: AcceptedEvent, *, lease: Lease, sent_at: float | None = None
) -> Delivered:
    """Post an event that its window let through; the window hears when that has ended."""
    is_sent = False
    try:
        published = _post(ports, event, lease=lease, sent_at=sent_at, window=key)
        is_sent = published.result is not Result.PENDING
    finally:
        conflate.leave(ports, key, event.id, lease, is_sent=is_sent)
    return published


def _post(
    ports: Ports, event: AcceptedEvent, *, lease: Lease, sent_at: float | None, window: str | None = None
) -> Delivered:
    message = event.envelope(sent_at=sent_at)
    whole = FanOutPart(
        event_id=event.id,
        message=message.to_json(),
        channel=event.channel,
        user_id=event.user_id,
        published_at=event.occurred_at if sent_at is None else sent_at,
        window=window,
    )
    fanned = fan_out(
        ports,
        whole,
        lease=lease,
        finish=lambda receipt, again: remember(ports, event, message, receipt, lease, again=again).to_json(),
    )
    if fanned.claim is Claim.DONE:
        return _published(event, Result.DUPLICATE)
    if fanned.claim is Claim.RUNNING:
        # A duplicate, or the retry of an invocation that died: known when that one's time is over.
        delay_seconds = delay_until(fanned.lease_until + 1, ports.clock.now())
        ports.queue.put(RecheckEvent(event=held_form(event), sent_at=sent_at), delay_seconds=delay_seconds)
        return _published(event, Result.PENDING)
    return _published(event, Result.SENT, fanned=fanned)


def _published(event: AcceptedEvent, result: Result, *, fanned: FanOutResult | None = None) -> Delivered:
    return Delivered(subject=event.id, result=result, fanned=fanned)
