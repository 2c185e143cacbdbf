"""What a user has not seen in time: a look is planned with the event, and then the bus is told."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.app.delivered import Delivered
from shared.app.ports.bus import Bus
from shared.app.ports.clock import Clock
from shared.app.ports.history import Claim, History
from shared.app.ports.inbox import Inbox
from shared.app.ports.queue import Queue
from shared.app.ports.schedule import Schedule
from shared.app.ports.subscribers import Subscribers
from shared.domain.audience import Audience
from shared.domain.deliveries import Scheduled
from shared.domain.envelope import Envelope
from shared.domain.intake import AcceptedEvent
from shared.domain.lease import Lease
from shared.domain.moments import delay_until
from shared.domain.receipt import Receipt
from shared.domain.schedule import HORIZON_SECONDS, Planned, revision_of

DELIVERY_UNSEEN = "delivery.unseen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    schedule: Schedule
    inbox: Inbox
    history: History
    subscribers: Subscribers
    bus: Bus
    queue: Queue
    clock: Clock

    def plan(self, event: AcceptedEvent, message: Envelope) -> None:
        """Look later whether the user has seen an item of the inbox. Told twice, it is planned once."""
        if event.type.unseen_after is None:
            return
        now = self.clock.now()
        key = f"unseen:{event.id}"
        planned = Planned(
            key=key,
            # The queue hands out up to a second early, and the user has the whole time.
            due_at=math.ceil(now + event.type.unseen_after.total_seconds()) + 1,
            revision=revision_of(event),
            told_by=event.id,
            event_id=key,
            event_type=DELIVERY_UNSEEN,
            data={"event": json.loads(message.to_json())},
            user_id=event.user_id,
        )
        self.schedule.tell(planned)
        if planned.due_at <= now + HORIZON_SECONDS:
            # The tick has been over the next minutes already; what it queues as well is looked for once.
            scheduled = Scheduled(schedule_key=key, due_at=planned.due_at)
            self.queue.put(scheduled, delay_seconds=delay_until(planned.due_at, now))

    def look(self, planned: Planned, lease: Lease) -> Delivered:
        """Put it on the bus when it was not seen. Raises BusRefused: then it is tried again."""
        user_id, event = planned.user_id or "", planned.data["event"]
        result = "seen in time"
        if self.inbox.standing(user_id).seen < event["inbox"]:
            claimed = self.history.claim(planned.event_id, now=self.clock.now(), lease=lease)
            if claimed.claim is Claim.RUNNING:
                scheduled = Scheduled(schedule_key=planned.key, due_at=planned.due_at)
                delay_seconds = delay_until(claimed.lease_until + 1, self.clock.now())
                self.queue.put(scheduled, delay_seconds=delay_seconds)
                return Delivered(subject=planned.key, result="running: put back")
            result = "told already"
            if claimed.claim is Claim.NEW:
                reason = self._reason(event, user_id)
                data = {"event": event, "reason": reason}
                self.bus.put(DELIVERY_UNSEEN, {"id": planned.event_id, "user_id": user_id, "data": data})
                receipt = Receipt(published_at=planned.due_at)
                self.history.finish(planned.event_id, receipt, lease=lease)
                result = f"{reason}: told on the bus"
        # Last: whoever comes again before it finds the claim.
        self.schedule.remove(planned.due)
        return Delivered(subject=planned.key, result=result)

    def _reason(self, event: Mapping[str, Any], user_id: str) -> str:
        """`not_connected`: no device got it when it was sent, and none hears its channel now."""
        if self.history.receipt(event["id"]).delivered:
            return "not_seen"
        audience = Audience(event["channel"], user_id)
        places = self.subscribers.places(audience)
        pages = self.subscribers.pages(audience, places, now=self.clock.now())
        return "not_seen" if any(page.targets for page in pages) else "not_connected"
