"""A part of a large event, or an event that one invocation could not finish."""

from shared.app import conflate
from shared.app.delivered import Delivered
from shared.app.fan_out.event import drop, fan_out
from shared.app.ports import Ports
from shared.app.ports.history import Claim
from shared.domain.deliveries import FanOutPart
from shared.domain.lease import Lease
from shared.domain.moments import delay_until


def carry_out_part(ports: Ports, part: FanOutPart, lease: Lease) -> Delivered:
    subject = f"{part.event_id}/{part.number}"
    if part.window is None:
        fanned = fan_out(ports, part, lease=lease)
    elif conflate.rejoin(ports, part.window, part.event_id, lease):
        try:
            fanned = fan_out(ports, part, lease=lease)
        finally:
            conflate.leave(ports, part.window, part.event_id, lease, is_sent=False)
    else:
        fanned = drop(ports, part, lease=lease)
        return Delivered(subject=subject, result="superseded", fanned=fanned)
    if fanned.claim is Claim.DONE:
        return Delivered(subject=subject, result="duplicate")
    if fanned.claim is Claim.RUNNING:
        ports.parts.put(part, delay_seconds=delay_until(fanned.lease_until + 1, ports.clock.now()))
        return Delivered(subject=subject, result="running: put back")
    return Delivered(subject=subject, result="carried out", fanned=fanned)
