"""What is planned for later, and what it says when its time has come."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from shared.domain.catalog import CATALOG
from shared.domain.intake import AcceptedEvent
from shared.domain.limits import HEARTBEAT_SECONDS_MAX

REMINDER = "interview.reminder"
FOLLOWUP_DUE = "followup.due"

# A tick runs each minute but may come late: each plans a little further than the next one is expected. What
# two ticks plan both goes out once, since its id is derived from its key and its moment.
HORIZON_SECONDS = 90


class Planned(BaseModel):
    """A message planned for a moment."""

    model_config = ConfigDict(frozen=True)

    key: str
    due_at: int
    """Seconds since the epoch."""
    revision: int
    """Milliseconds since the epoch of the event that planned it: older events never undo newer ones."""
    event_id: str
    event_type: str
    data: dict[str, Any]
    user_id: str | None = None
    counts_down_to: float | None = None
    """For reminders: the moment that `time_until` and `hours_until_due` count down to."""


class Cancelled(BaseModel):
    """What was planned under this key by older events is not to be sent."""

    model_config = ConfigDict(frozen=True)

    key: str
    revision: int


PlanChange = Planned | Cancelled


def producer_key(schedule_key: str) -> str:
    """Producers' keys live apart from the ones derived here."""
    return f"key:{schedule_key}"


def plan_of(event: AcceptedEvent) -> Planned:
    """The plan for an event with `deliver_at`."""
    if event.deliver_at is None:
        raise ValueError(f"{event.id} has no deliver_at")
    key = f"event:{event.id}" if event.schedule_key is None else producer_key(event.schedule_key)
    return Planned(
        key=key,
        due_at=int(event.deliver_at),
        revision=revision_of(event),
        event_id=event.id,
        event_type=event.type.name,
        data=dict(event.data),
        user_id=event.user_id,
    )


def revision_of(event: AcceptedEvent) -> int:
    return int(event.occurred_at * 1000)


def release(planned: Planned, *, now: float) -> AcceptedEvent | None:
    """The event to send now, or None when its moment has passed for good (the interview has begun)."""
    if (
        planned.event_type == REMINDER
        and planned.counts_down_to is not None
        and now >= planned.counts_down_to
    ):
        return None
    return AcceptedEvent(
        id=planned.event_id,
        type=CATALOG[planned.event_type],
        data={**planned.data, **_countdown(planned, now)},
        user_id=planned.user_id,
        occurred_at=now,
    )


def _countdown(planned: Planned, now: float) -> Mapping[str, Any]:
    if planned.counts_down_to is None:
        return {}
    remaining_seconds = max(0.0, planned.counts_down_to - now)
    if planned.event_type == REMINDER:
        return {"time_until": words_for(remaining_seconds)}
    hours = round(remaining_seconds / 3600, 1)
    return {"hours_until_due": int(hours) if hours == int(hours) else hours}


def words_for(seconds: float) -> str:
    """The remaining time as the guide words it: "1 day", "1 hour", "15 minutes".

    One unit only: the guide's clients read "minutes" as less than an hour to go.
    """
    minutes = max(1, round(seconds / 60))
    if minutes < 60:  # noqa: PLR2004  minutes in an hour
        return _counted(minutes, "minute")
    hours = round(minutes / 60)
    if hours < 24:  # noqa: PLR2004  hours in a day
        return _counted(hours, "hour")
    return _counted(round(hours / 24), "day")


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def heartbeats_between(start: float, end: float, interval_seconds: int) -> list[int]:
    """The moments in [start, end) at which pings are due: multiples of the interval, so that ticks agree."""
    if not 0 < interval_seconds <= HEARTBEAT_SECONDS_MAX:
        raise ValueError(f"interval_seconds is {interval_seconds}, not in 1..{HEARTBEAT_SECONDS_MAX}")
    first = -(-int(start) // interval_seconds) * interval_seconds
    if first < start:
        first += interval_seconds
    return list(range(first, int(-(-end // 1)), interval_seconds))
