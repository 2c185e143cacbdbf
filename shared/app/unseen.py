"""What a user has not seen in time: a look is planned with the event, and then the bus is told."""

import json
import math
from collections.abc import Mapping
from typing import Any

from shared.app.delivered import Delivered
from shared.app.ports import Ports
from shared.app.ports.history import Claim
from shared.domain.audience import Audience
from shared.domain.deliveries import Scheduled
from shared.domain.envelope import Envelope
from shared.domain.intake import AcceptedEvent
from shared.domain.lease import Lease
from shared.domain.moments import delay_until
from shared.domain.receipt import Receipt
from shared.domain.schedule import HORIZON_SECONDS, Planned

DELIVERY_UNSEEN = "delivery.unseen"


def plan(ports: Ports, event: AcceptedEvent, message: Envelope) -> None:
    """Look later whether the user has seen an item of the inbox. Told twice of it, it is planned once."""
    if event.type.unseen_after is None:
        return
    now = ports.clock.now()
    key = f"unseen:{event.id}"
    planned = Planned(
        key=key,
        # The queue hands out up to a second early, and the user has the whole time.
        due_at=math.ceil(now + event.type.unseen_after.total_seconds()) + 1,
        # An event that is tried again may get another number, a larger one: then that one is looked for.
        revision=message.inbox or 0,
        told_by=event.id,
        event_id=key,
        event_type=DELIVERY_UNSEEN,
        data={"event": json.loads(message.to_json())},
        user_id=event.user_id,
    )
    ports.schedule.tell(planned)
    if planned.due_at <= now + HORIZON_SECONDS:
        # The tick has been over the next minutes already; what it queues as well is looked for once.
        scheduled = Scheduled(schedule_key=key, due_at=planned.due_at)
        ports.queue.put(scheduled, delay_seconds=delay_until(planned.due_at, now))


def look(ports: Ports, planned: Planned, lease: Lease) -> Delivered:
    """Put it on the bus when it was not seen. Raises TryAgain: then it is tried again."""
    user_id, event = planned.user_id or "", planned.data["event"]
    result = "seen in time"
    if ports.inbox.standing(user_id).seen < event["inbox"]:
        claimed = ports.history.claim(planned.event_id, now=ports.clock.now(), lease=lease)
        if claimed.claim is Claim.RUNNING:
            scheduled = Scheduled(schedule_key=planned.key, due_at=planned.due_at)
            delay_seconds = delay_until(claimed.lease_until + 1, ports.clock.now())
            ports.queue.put(scheduled, delay_seconds=delay_seconds)
            return Delivered(subject=planned.key, result="running: put back")
        result = "told already"
        if claimed.claim is Claim.NEW:
            reason = _reason(ports, event, user_id)
            data = {"event": event, "reason": reason}
            ports.bus.put(DELIVERY_UNSEEN, {"id": planned.event_id, "user_id": user_id, "data": data})
            receipt = Receipt(published_at=planned.due_at)
            ports.history.finish(planned.event_id, receipt, lease=lease)
            result = f"{reason}: told on the bus"
    # Last: whoever comes again before it finds the claim.
    ports.schedule.remove(planned.due)
    return Delivered(subject=planned.key, result=result)


def _reason(ports: Ports, event: Mapping[str, Any], user_id: str) -> str:
    """`not_connected`: no device got it when it was sent, and none hears its channel now."""
    if ports.history.receipt(event["id"]).delivered:
        return "not_seen"
    audience = Audience(event["channel"], user_id)
    places = ports.subscribers.places(audience)
    pages = ports.subscribers.pages(audience, places, now=ports.clock.now())
    return "not_seen" if any(page.targets for page in pages) else "not_connected"
