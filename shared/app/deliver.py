"""What comes from the delivery queue: the kind of a message says which use case carries it out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.app.carry_out_part import CarryOutPart
from shared.app.close_connection import CloseConnection
from shared.app.delivered import Delivered
from shared.app.fan_out.direct import PostDirectly
from shared.app.forget import ForgetUser
from shared.app.greet import Greet
from shared.app.ping import Ping
from shared.app.publish import Publish
from shared.app.release_planned import ReleasePlanned
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    greet: Greet
    ping: Ping
    release_planned: ReleasePlanned
    post_directly: PostDirectly
    carry_out_part: CarryOutPart
    publish: Publish
    close: CloseConnection
    forget: ForgetUser

    def __call__(self, delivery: Delivery, *, lease: Lease) -> Delivered:
        return self._by_kind[type(delivery)](delivery, lease)

    @property
    def _by_kind(self) -> Mapping[type[Delivery], Callable[[Any, Lease], Delivered]]:
        return {
            Welcome: self.greet,
            Heartbeat: self.ping,
            Scheduled: self.release_planned,
            DirectPost: self._post,
            FanOutPart: self.carry_out_part,
            RecheckEvent: self._recheck,
            ReleaseWindow: self._release_window,
            Close: self.close,
            Expiry: self.close.expire,
            Forget: self.forget,
        }

    def _post(self, direct: DirectPost, lease: Lease) -> Delivered:
        return Delivered.directly(direct.event_id, "posted", self.post_directly(direct, lease=lease))

    def _recheck(self, recheck: RecheckEvent, lease: Lease) -> Delivered:
        published = self.publish.recheck(recheck, lease=lease)
        return Delivered(subject=published.event_id, result=published.result, fanned=published.fanned)

    def _release_window(self, held: ReleaseWindow, lease: Lease) -> Delivered:
        published = self.publish.release_held(held.key, lease=lease)
        if published is None:
            return Delivered(subject=held.key, result="nothing to send now")
        return Delivered(subject=held.key, result=published.result, fanned=published.fanned)
