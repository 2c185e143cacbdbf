"""What producers say, and what clients are owed for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulation.gateway import Connection
from simulation.payloads import channel_of, iso, payload
from simulation.plan import Step

if TYPE_CHECKING:
    from simulation.code import Version
    from simulation.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An event that a producer put on the bus."""

    number: int
    """Of the step: what clients find in the payload."""
    at: float
    event_id: str
    type: str
    channel: str
    user: str | None
    key: str | None
    """Of conflated types: which of them replace each other."""


CONFLATED = ("job.analyzing", "application.updated", "recommendations.updated")


class Producers:
    def __init__(self, world: "World") -> None:
        self.world = world
        self.sent: dict[int, Sent] = {}
        self.heard_by: dict[int, list[tuple[float, Connection]]] = {}
        """Event number: when it arrived where, repeats included."""
        self._says_moment = all("sent_at" in version.detail_fields for version in world.versions)

    def carry_out(self, step: Step) -> None:
        if step.kind == "publish":
            self._publish(step.number, step.given)

    def _publish(self, number: int, given: Mapping[str, Any]) -> None:
        type_, user, key = given["type"], given.get("user"), given.get("key")
        now = self.world.hub.now
        event_id = f"e{number}"
        conflated = None
        if type_ in CONFLATED:
            conflated = f"{type_}#{user or ''}#{'' if type_.startswith('recommend') else key}"
        self.sent[number] = Sent(
            number=number,
            at=now,
            event_id=event_id,
            type=type_,
            channel=channel_of(type_),
            user=user,
            key=conflated,
        )
        detail: dict[str, Any] = {"data": payload(type_, number=number, key=key), "id": event_id}
        if user is not None:
            detail["user_id"] = user
        self.put(type_, detail, key=event_id)

    def put(self, type_: str, detail: dict[str, Any], *, key: str) -> None:
        """PutEvents. EventBridge's `time` has whole seconds; a producer may say its own, finer moment."""
        now = self.world.hub.now
        if self._says_moment:
            detail["sent_at"] = _fine(now)
        event = {
            "id": f"bus-{key}",
            "source": "simulation",
            "detail-type": type_,
            "time": iso(now),
            "detail": detail,
        }
        self.world.bus.put(event, key=key)

    def accepted(self, connection: Connection, used: dict[str, str]) -> None:
        pass

    def heard(self, connection: Connection, _frame: dict[str, Any], number: int) -> None:
        self.heard_by.setdefault(number, []).append((self.world.hub.now, connection))

    def tokens(self, _version: "Version") -> Any:
        return None


def _fine(moment: float) -> str:
    return f"{iso(moment)[:-1]}.{int(moment % 1 * 1_000_000):06d}Z"
