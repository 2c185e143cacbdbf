"""Which reminders an event plans, moves or drops."""

from shared.domain.intake import CANCELLED, AcceptedEvent
from shared.domain.moments import parse_time
from shared.domain.schedule import (
    FOLLOWUP_DUE,
    REMINDER,
    Cancelled,
    PlanChange,
    Planned,
    plan_of,
    producer_key,
    revision_of,
)

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR

INTERVIEW_OFFSETS_SECONDS = {"1d": DAY, "1h": HOUR, "15m": 15 * MINUTE}
FOLLOWUP_OFFSET_SECONDS = 2 * HOUR

_OVER = ("cancelled", "completed")


def changes_of(event: AcceptedEvent, *, now: float) -> list[PlanChange]:
    """What an event changes in the schedule; empty for most events."""
    changes: list[PlanChange] = [] if event.deliver_at is None else [plan_of(event)]
    match event.type.name:
        case "interview.scheduled" | "interview.updated":
            changes += _interview(event, now=now)
        case "followup.scheduled":
            changes += _followup(event)
        case "followup.sent":
            revision = revision_of(event, follows=True)
            changes.append(Cancelled(key=_followup_key(event), revision=revision, told_by=event.id))
        case _ if event.type.name == CANCELLED and event.schedule_key is not None:
            key = producer_key(event.schedule_key)
            changes.append(Cancelled(key=key, revision=revision_of(event), told_by=event.id))
    return changes


def _interview(event: AcceptedEvent, *, now: float) -> list[PlanChange]:
    starts_at = parse_time(event.data["scheduled_date"])
    over = event.data.get("status") in _OVER
    revision = revision_of(event, follows=event.type.name == "interview.updated")
    changes: list[PlanChange] = []
    for name, offset_seconds in INTERVIEW_OFFSETS_SECONDS.items():
        key = f"interview:{_owner(event)}:{event.data['interview_id']}:{name}"
        due_at = int(starts_at - offset_seconds)
        if over:
            changes.append(Cancelled(key=key, revision=revision, told_by=event.id))
        elif due_at < now:
            # What an earlier event planned for another moment must not come any more; what it planned for
            # this one is late, and still does.
            changes.append(Cancelled(key=key, revision=revision, told_by=event.id, unless_due_at=due_at))
        else:
            changes.append(_reminder(event, key=key, revision=revision, due_at=due_at, starts_at=starts_at))
    return changes


def _reminder(event: AcceptedEvent, *, key: str, revision: int, due_at: int, starts_at: float) -> Planned:
    fields = ("interview_id", "job_id", "company", "interview_type", "scheduled_date")
    return Planned(
        key=key,
        due_at=due_at,
        revision=revision,
        told_by=event.id,
        event_id=f"{key}@{due_at}",
        event_type=REMINDER,
        data={field: event.data[field] for field in fields},
        user_id=event.user_id,
        counts_down_to=starts_at,
    )


def _followup(event: AcceptedEvent) -> list[PlanChange]:
    scheduled_at = parse_time(event.data["scheduled_date"])
    key = _followup_key(event)
    due_at = int(scheduled_at - FOLLOWUP_OFFSET_SECONDS)
    return [
        Planned(
            key=key,
            due_at=due_at,
            revision=revision_of(event),
            told_by=event.id,
            event_id=f"{key}@{due_at}",
            event_type=FOLLOWUP_DUE,
            data=dict(event.data),
            user_id=event.user_id,
            counts_down_to=scheduled_at,
        )
    ]


def _followup_key(event: AcceptedEvent) -> str:
    return f"followup:{_owner(event)}:{event.data['followup_id']}"


def _owner(event: AcceptedEvent) -> str:
    """Whose reminder it is. Part of the key: one user's event can never move another user's reminder."""
    return "*" if event.user_id is None else f"@{event.user_id}"
