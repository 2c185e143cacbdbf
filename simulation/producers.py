"""What producers say, and what clients are owed for it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulation.gateway import Connection
from simulation.payloads import channel_of, iso, payload
from simulation.plan import Step
from simulation.sources import SCHEDULED_TYPES

if TYPE_CHECKING:
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
        self.by_id: dict[str, Sent] = {}
        self.heard_by: dict[int, list[tuple[float, Connection]]] = {}
        """Event number: when it arrived where, repeats included."""
        self._details: list[tuple[str, dict[str, Any]]] = []
        self._repeats = 0
        self._says_moment = all("sent_at" in version.detail_fields for version in world.versions)

    def carry_out(self, step: Step) -> None:
        given = step.given
        if step.kind == "publish":
            self.publish(step.number, given["type"], user=given.get("user"), key=given.get("key"))
        elif step.kind == "again":
            self._again()

    def publish(
        self, number: int, type_: str, *, user: str | None, key: int | None = None, **more: Any
    ) -> None:
        event_id = f"e{number}"
        conflated = None
        if type_ in CONFLATED:
            conflated = f"{type_}#{user or ''}#{'' if type_.startswith('recommend') else key}"
        detail: dict[str, Any] = {"data": payload(type_, number=number, key=key, **more), "id": event_id}
        if user is not None:
            detail["user_id"] = user
        self.sent[number] = Sent(
            number=number,
            at=self.world.hub.now,
            event_id=event_id,
            type=type_,
            channel=channel_of(type_),
            user=user,
            key=conflated,
        )
        self.by_id[event_id] = self.sent[number]
        self.put(type_, detail, key=event_id)

    def _again(self) -> None:
        """The producer's own retry: the last event once more, with its id and its moment.

        Where producers cannot say the moment, the bus gives it a later one: then only what has no order.
        """
        fit = [one for one in self._details if self._may_repeat(*one)]
        if fit:
            type_, detail = fit[-1]
            self._repeats += 1
            self._hand_over(type_, detail, f"{detail['id']}+{self._repeats}")

    def _may_repeat(self, type_: str, detail: dict[str, Any]) -> bool:
        if type_ == "user.revoked":
            # Told again, later, it is a later revocation.
            return False
        ordered = type_ in CONFLATED or type_ in SCHEDULED_TYPES or "deliver_at" in detail
        return self._says_moment or not ordered

    def put(self, type_: str, detail: dict[str, Any], *, key: str) -> None:
        """PutEvents of something new."""
        if self._says_moment:
            detail["sent_at"] = _fine(self.world.hub.now)
        self._details.append((type_, detail))
        self._hand_over(type_, detail, key)

    def _hand_over(self, type_: str, detail: dict[str, Any], key: str) -> None:
        """EventBridge's `time` has whole seconds; a producer may say its own, finer moment."""
        event = {
            "id": f"bus-{key}",
            "source": "simulation",
            "detail-type": type_,
            "time": iso(self.world.hub.now),
            "detail": detail,
        }
        self.world.bus.put(event, key=key)

    def heard(self, connection: Connection, number: int) -> None:
        self.heard_by.setdefault(number, []).append((self.world.hub.now, connection))


def _fine(moment: float) -> str:
    return f"{iso(moment)[:-1]}.{int(moment % 1 * 1_000_000):06d}Z"
