"""A part of a large event, or an event that one invocation could not finish."""

from dataclasses import dataclass

from shared.app.conflate import Conflate
from shared.app.delivered import Delivered
from shared.app.fan_out.event import FanOut
from shared.app.ports.clock import Clock
from shared.app.ports.history import Claim
from shared.app.ports.queue import Queue
from shared.domain.deliveries import FanOutPart
from shared.domain.lease import Lease
from shared.domain.moments import delay_until


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOutPart:
    fan_out: FanOut
    conflate: Conflate
    parts: Queue
    clock: Clock

    def __call__(self, part: FanOutPart, lease: Lease) -> Delivered:
        subject = f"{part.event_id}/{part.number}"
        if part.window is None:
            fanned = self.fan_out(part, lease=lease)
        elif self.conflate.rejoin(part.window, part.event_id, lease):
            try:
                fanned = self.fan_out(part, lease=lease)
            finally:
                self.conflate.leave(part.window, part.event_id, lease, is_sent=False)
        else:
            fanned = self.fan_out.drop(part, lease=lease)
            return Delivered(subject=subject, result="superseded", fanned=fanned)
        if fanned.claim is Claim.DONE:
            return Delivered(subject=subject, result="duplicate")
        if fanned.claim is Claim.RUNNING:
            self.parts.put(part, delay_seconds=delay_until(fanned.lease_until + 1, self.clock.now()))
            return Delivered(subject=subject, result="running: put back")
        return Delivered(subject=subject, result="carried out", fanned=fanned)
