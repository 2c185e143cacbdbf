"""The system's own channel and event types, which every application's catalogue has beside its own."""

import sys

from tidings.catalog import Catalog, Channel, Payload, Text, Timestamp, event

SYSTEM = Channel("system")


class Notice(Payload):
    message: Text
    severity: Text
    action_required: bool


@event("system.notification", SYSTEM)
class SystemNotification(Notice):
    pass


@event("system.maintenance", SYSTEM)
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


def with_system(application: Catalog) -> Catalog:
    """Raises DeclarationError when the application declares a name of the system's."""
    return application.with_others(Catalog.of(sys.modules[__name__]))
