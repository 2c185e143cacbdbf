"""What comes from the delivery queue: the kind of a message says which use case carries it out."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.app.carry_out_part import carry_out_part
from shared.app.close_connection import close_connection, expire
from shared.app.delivered import Delivered
from shared.app.fan_out.direct import post_directly
from shared.app.forget import forget_user
from shared.app.greet import greet
from shared.app.ping import ping
from shared.app.ports import Ports
from shared.app.publish import recheck, release_window
from shared.app.release_planned import release_planned
from shared.domain.deliveries import (
    Close,
    Delivery,
    DirectPost,
    Expiry,
    FanOutPart,
    Forget,
    Heartbeat,
    RecheckEvent,
    ReleaseWindow,
    Scheduled,
    Welcome,
)
from shared.domain.lease import Lease


def deliver(ports: Ports, delivery: Delivery, *, lease: Lease) -> Delivered:
    return _BY_KIND[type(delivery)](ports, delivery, lease)


def _post(ports: Ports, direct: DirectPost, lease: Lease) -> Delivered:
    return Delivered.directly(direct.event_id, "posted", post_directly(ports, direct, lease=lease))


_BY_KIND: Mapping[type[Delivery], Callable[[Ports, Any, Lease], Delivered]] = {
    Welcome: greet,
    Heartbeat: ping,
    Scheduled: release_planned,
    DirectPost: _post,
    FanOutPart: carry_out_part,
    RecheckEvent: recheck,
    ReleaseWindow: release_window,
    Close: close_connection,
    Expiry: expire,
    Forget: forget_user,
}
