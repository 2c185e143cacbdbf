"""`user.revoked` on the bus: the user's tokens are good no more, and its connections end.

`user.forgotten` does the same first.
"""

from dataclasses import dataclass

from shared.app.close_connection import closes_of
from shared.app.ports.clock import Clock
from shared.app.ports.greetings import Greetings
from shared.app.ports.queue import Queue
from shared.app.ports.registry import Registry
from shared.app.ports.rejections import Rejections
from shared.app.ports.revocations import Revocations
from shared.app.ports.subscribers import Subscribers
from shared.app.rejecting import rejection_of
from shared.domain.deliveries import Forget
from shared.domain.errors import ErrorCode, EventRejected
from shared.domain.intake import USER_FORGOTTEN, BusEvent, accept
from tidings.catalog import Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    user_id: str | None
    closed: int = 0
    reasons: tuple[str, ...] = ()
    """Why the event was rejected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoke:
    revocations: Revocations
    subscribers: Subscribers
    registry: Registry
    queue: Queue
    parts: Queue
    rejections: Rejections
    greetings: Greetings
    clock: Clock
    catalog: Catalog

    def __call__(self, event: BusEvent) -> Revoked:
        now = self.clock.now()
        try:
            accepted = accept(event, self.catalog, now=now)
        except EventRejected as rejected:
            self.rejections.put(rejection_of(event, rejected))
            return Revoked(user_id=None, reasons=rejected.reasons)
        user_id = accepted.user_id
        if user_id is None:  # the intake has seen to it
            return Revoked(user_id=None)
        # Written down first: whoever connects from here on is refused, or is listed below, or both.
        self.revocations.revoke(user_id, at=event.occurred_at)
        devices = self.subscribers.of_user(user_id, now=now)
        # Queued before the rows go: they are how a second try, after a crash, finds the connections.
        self.queue.put_all(closes_of(devices, ErrorCode.REVOKED, self.greetings, self.clock))
        for one in devices:
            self.registry.remove(one.connection_id)
        if accepted.type.name == USER_FORGOTTEN:
            self.parts.put(
                Forget(
                    event_id=accepted.id,
                    user_id=user_id,
                    published_at=event.occurred_at,
                    closed=len(devices),
                )
            )
        return Revoked(user_id=user_id, closed=len(devices))
