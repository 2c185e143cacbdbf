"""The heartbeat: a ping to every connection, or to one of several equal shares of them."""

from shared.app import read_streams
from shared.app.delivered import Delivered
from shared.app.fan_out.event import fan_out
from shared.app.ports import Ports
from shared.app.ports.history import Claim
from shared.domain import envelope
from shared.domain.deliveries import FanOutPart, Heartbeat
from shared.domain.lease import Lease


def ping(ports: Ports, beat: Heartbeat, lease: Lease) -> Delivered:
    own_seconds = beat.heartbeat_seconds
    heartbeat_seconds = own_seconds or ports.settings.heartbeat_seconds
    event_id = f"ping:{beat.due_at}" + (f":every-{own_seconds}" if own_seconds else "")
    event_id += f":{beat.share}/{beat.shares}" if beat.shares > 1 else ""
    if ports.clock.now() - beat.due_at >= heartbeat_seconds:
        return Delivered(subject=event_id, result="too late: the next one is due")
    whole = FanOutPart(
        event_id=event_id,
        message=envelope.ping(beat.due_at, heads={}).to_json(),
        channel=None,
        share=beat.share,
        shares=beat.shares,
        heartbeat_seconds=own_seconds,
        published_at=beat.due_at,
        worth_until=beat.due_at + heartbeat_seconds,
    )
    fanned = fan_out(
        ports,
        whole,
        lease=lease,
        finish=lambda _receipt, _again: envelope.ping(beat.due_at, heads=read_streams.heads(ports)).to_json(),
    )
    result = "sent" if fanned.claim is Claim.NEW else "duplicate"
    return Delivered(subject=event_id, result=result, fanned=fanned)
