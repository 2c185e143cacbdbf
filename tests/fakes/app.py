"""The use cases on some ports, as the handlers call them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.app.connect import connect
from shared.app.deliver import deliver
from shared.app.delivered import Delivered
from shared.app.disconnect import disconnect
from shared.app.message import answer_message
from shared.app.plan import PlanOutcome, plan
from shared.app.publish import publish
from shared.app.put_back import put_back
from shared.app.revoke import revoke
from shared.app.sweep import Swept, sweep
from shared.app.tick import Ticked, tick
from shared.bootstrap import Adapters, new_lease
from shared.domain.connection import Connection
from shared.domain.deliveries import Delivery
from shared.domain.envelope import Envelope
from shared.domain.errors import AccessRefused, Refusal
from shared.domain.handshake import Handshake
from shared.domain.intake import BusEvent
from shared.domain.lease import Lease


@dataclass
class App:
    ports: Adapters

    def lease(self, seconds: float) -> Lease:
        return new_lease(self.ports, seconds)

    def connect(self, handshake: Handshake) -> Connection | Refusal:
        try:
            return connect(self.ports, handshake)
        except AccessRefused as refused:
            return refused.refusal

    def disconnect(self, connection_id: str) -> bool:
        return disconnect(self.ports, connection_id)

    def message(self, connection_id: str, body: str) -> Envelope | None:
        return answer_message(self.ports, connection_id, body)

    def publish(self, event: BusEvent, *, lease: Lease) -> Delivered:
        return publish(self.ports, event, lease=lease)

    def deliver(self, delivery: Delivery, *, lease: Lease) -> Delivered:
        return deliver(self.ports, delivery, lease=lease)

    def put_back(self, record: Mapping[str, Any]) -> int:
        return put_back(self.ports, record)

    def revoke(self, event: BusEvent) -> Delivered:
        return revoke(self.ports, event)

    def plan(self, event: BusEvent) -> PlanOutcome:
        return plan(self.ports, event)

    def tick(self, *, deadline: float) -> Ticked:
        return tick(self.ports, deadline=deadline)

    def sweep(self, *, deadline: float) -> Swept:
        return sweep(self.ports, deadline=deadline)
