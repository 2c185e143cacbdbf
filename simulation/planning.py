"""Producers that plan: messages for later, interviews and follow-ups with their reminders, moved and cancelled."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulation.payloads import channel_of, iso, payload

if TYPE_CHECKING:
    from simulation.world import World

# The last reminder of an interview, and the one of a follow-up, come so long before: shared/domain/reminders.py.
REMINDER_SECONDS = 15 * 60
FOLLOWUP_SECONDS = 2 * 60 * 60
# Reminders carry no `n`, but the job's id.
REMINDERS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What one event said about one key."""

    number: int
    """Of the event that said so."""
    at: float
    due_at: int | None
    """None: it is cancelled."""
    shows: int
    """The number that clients find in what is sent then."""
    channel: str
    user: str | None
    words: tuple[str, ...]
    """Where one of these lies in a dead-letter queue, it is known to a person."""

    def __str__(self) -> str:
        return f"e{self.number} (due {self.due_at}, {self.channel})"


class Planning:
    def __init__(self, world: "World") -> None:
        self.world = world
        self.by_key: dict[str, list[Planned]] = {}
        """In the order in which producers spoke."""
        self.told_at: dict[int, float] = {}
        """When the scheduler had first carried out the event of this number."""

    def carry_out(self, kind: str, number: int, given: Mapping[str, Any]) -> None:
        getattr(self, f"_{kind}")(number, given)

    def ended(self, key: str) -> None:
        """An invocation of the scheduler ended well."""
        name, _, function = key.partition("/")
        if function.startswith("sch") and name[1:].isdigit():
            self.told_at.setdefault(int(name[1:]), self.world.hub.now)

    def last_due_at(self) -> float:
        return max((plan.due_at or 0 for plans in self.by_key.values() for plan in plans), default=0.0)

    def _plan(self, number: int, given: Mapping[str, Any]) -> None:
        type_, name, user = given["type"], given.get("name"), given.get("user")
        due_at = int(self.world.hub.now + given["after"])
        detail = {
            "data": payload(type_, number=number, key=None),
            "id": f"e{number}",
            "deliver_at": iso(due_at),
            **({} if name is None else {"schedule_key": name}),
            **({} if user is None else {"user_id": user}),
        }
        key = f"key {name}" if name is not None else f"event e{number}"
        self._say(key, number, due_at, shows=number, channel=channel_of(type_), user=user, words=(name,))
        self.world.producers.put(type_, detail, key=f"e{number}")

    def _cancel(self, number: int, given: Mapping[str, Any]) -> None:
        name = given["name"]
        self._say(f"key {name}", number, None, shows=number, channel="", user=None, words=(name,))
        detail = {"data": {"n": number}, "id": f"e{number}", "schedule_key": name}
        self.world.producers.put("schedule.cancelled", detail, key=f"e{number}")

    def _interview(self, number: int, given: Mapping[str, Any]) -> None:
        type_, name, user = given["type"], given["name"], given.get("user")
        over = given.get("status") == "cancelled"
        due_at = int(self.world.hub.now + given["after"])
        more = {"interview_id": name, "scheduled_date": iso(due_at + REMINDER_SECONDS)}
        if type_ == "interview.updated":
            more["status"] = given["status"]
        self._say(
            f"interview {user} {name}",
            number,
            None if over else due_at,
            shows=REMINDERS + number,
            channel="interviews",
            user=user,
            words=(f"interview{name}", "15m"),
        )
        self.world.producers.publish(number, type_, user=user, job_id=REMINDERS + number, **more)

    def _followup(self, number: int, given: Mapping[str, Any]) -> None:
        type_, name, user = given["type"], given["name"], given.get("user")
        over = type_ == "followup.sent"
        due_at = int(self.world.hub.now + given["after"])
        more: dict[str, Any] = {"followup_id": name}
        if not over:
            more["scheduled_date"] = iso(due_at + FOLLOWUP_SECONDS)
        self._say(
            f"followup {user} {name}",
            number,
            None if over else due_at,
            shows=number,
            channel="followups",
            user=user,
            words=("followup",),
        )
        if over:
            self.world.producers.publish(number, type_, user=user, **more)
            return
        detail = {
            "data": payload(type_, number=number, key=None, **more),
            "id": f"e{number}",
            **({} if user is None else {"user_id": user}),
        }
        self.world.producers.put(type_, detail, key=f"e{number}")

    def _say(self, key: str, number: int, due_at: int | None, **more: Any) -> None:
        more["words"] = tuple(word for word in more["words"] if word)
        plan = Planned(number=number, at=self.world.hub.now, due_at=due_at, **more)
        self.by_key.setdefault(key, []).append(plan)
