"""`user.revoked` on the bus: the user's tokens are good no more, and its connections end.

`user.forgotten` does the same first.
"""

from shared.app.delivered import Delivered
from shared.app.endings import closes_of
from shared.app.ports import Ports
from shared.app.rejecting import keep_invalid
from shared.domain.deliveries import Forget
from shared.domain.errors import ErrorCode, EventRejected
from shared.domain.intake import USER_FORGOTTEN, BusEvent, accept
from shared.observability import logger


def revoke(ports: Ports, event: BusEvent) -> Delivered:
    now = ports.clock.now()
    try:
        accepted = accept(event, ports.catalog, now=now)
    except EventRejected as rejected:
        keep_invalid(ports, event, rejected)
        return Delivered(subject=event.event_id, result="rejected", reasons=rejected.reasons)
    user_id = accepted.user_id or ""  # the intake has seen to it that there is one
    # Written down first: whoever connects from here on is refused, or is listed below, or both.
    ports.access.revoke(user_id, at=event.occurred_at)
    devices = ports.subscribers.of_user(user_id, now=now)
    # Queued before the rows go: they are how a second try, after a crash, finds the connections.
    ports.queue.put_all(closes_of(ports, devices, ErrorCode.REVOKED))
    for one in devices:
        ports.registry.remove(one.connection_id)
    if accepted.type.name == USER_FORGOTTEN:
        ports.parts.put(
            Forget(
                event_id=accepted.id,
                user_id=user_id,
                published_at=event.occurred_at,
                closed=len(devices),
            )
        )
    logger.info(
        event.detail_type.replace(".", " "), user_id=user_id, closed=len(devices), source=event.source
    )
    return Delivered(subject=user_id, result="revoked")
