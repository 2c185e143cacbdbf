"""The system's own channel and event types, which every application has beside its own.

Light, as `tidings.catalog`: only pydantic is imported.
"""

import sys
from typing import Any, Literal

from tidings.catalog import Catalog, Channel, Payload, Text, Timestamp, event

SYSTEM = Channel("system")


class Notice(Payload):
    message: Text
    severity: Text
    action_required: bool


@event(
    "system.notification",
    SYSTEM,
    sample={
        "message": "System maintenance in 5 minutes",
        "severity": "warning",
        "action_required": False,
    },
)
class SystemNotification(Notice):
    pass


@event(
    "system.maintenance",
    SYSTEM,
    sample={
        "message": "The service will be slower tonight",
        "severity": "info",
        "action_required": False,
        "starts_at": "now+5h",
        "ends_at": "now+6h",
    },
)
class SystemMaintenance(Notice):
    starts_at: Timestamp
    ends_at: Timestamp


@event("system.ping", SYSTEM, from_producers=False)
class SystemPing(Payload):
    timestamp: Timestamp


@event("schedule.cancelled", None)
class ScheduleCancelled(Payload):
    pass


@event("user.revoked", None)
class UserRevoked(Payload):
    """`detail.user_id` says whose tokens and connections end; `data` may say why."""


@event("user.forgotten", None)
class UserForgotten(Payload):
    """`detail.user_id` says whose data is removed, besides what `user.revoked` does; `data` may say why."""


@event("delivery.unseen", None, from_producers=False)
class DeliveryUnseen(Payload):
    """The system puts it on the bus, for rules of the application's own: an item was not seen in time."""

    event: dict[str, Any]
    """As it was sent: its envelope."""
    reason: Literal["not_connected", "not_seen"]


def with_system(application: Catalog) -> Catalog:
    """Raises DeclarationError when the application declares a name of the system's."""
    return application.with_others(Catalog.of(sys.modules[__name__]))
