"""Interviews, and the reminders of them."""

from typing import Annotated, Literal

from pydantic import Field

from tidings.catalog import (
    Channel,
    Id,
    Payload,
    Reminder,
    Text,
    TimeLeft,
    Timestamp,
    days,
    event,
    hours,
    minutes,
)

# The inbox shows its items for as long.
INTERVIEWS = Channel("interviews", keep=days(7))
REMINDER = Reminder(
    "interview.reminder",
    before=[days(1), hours(1), minutes(15)],
    at="scheduled_date",
    key="interview_id",
    dropped_when={"status": ("cancelled", "completed")},
    stored_as="interview",
)


class Interview(Payload):
    interview_id: Id
    job_id: Id
    company: Text
    interview_type: Text
    scheduled_date: Timestamp


@event(
    "interview.scheduled",
    INTERVIEWS,
    plans=REMINDER,
    inbox=True,
    sample={
        "interview_id": 5,
        "job_id": 42,
        "company": "Google",
        "job_title": "Senior Software Engineer",
        "interview_type": "technical",
        "scheduled_date": "now+2d",
        "duration_minutes": 90,
        "calendar_event_id": "cal_abc123",
    },
)
class InterviewScheduled(Interview):
    job_title: Text
    duration_minutes: Annotated[int, Field(gt=0)]
    calendar_event_id: Text | None = None


@event(
    "interview.updated",
    INTERVIEWS,
    moves=REMINDER,
    sample={
        "interview_id": 5,
        "job_id": 42,
        "company": "Google",
        "job_title": "Senior Software Engineer",
        "interview_type": "technical",
        "scheduled_date": "now+3d",
        "duration_minutes": 60,
        "calendar_event_id": "cal_abc123",
        "status": "rescheduled",
    },
)
class InterviewUpdated(InterviewScheduled):
    status: Literal["scheduled", "rescheduled", "cancelled", "completed"]


@event(
    "interview.reminder",
    INTERVIEWS,
    inbox=True,
    unseen_after=minutes(10),
    sample={
        "interview_id": 5,
        "job_id": 42,
        "company": "Google",
        "interview_type": "technical",
        "scheduled_date": "now+15m",
        "time_until": "15 minutes",
    },
)
class InterviewReminder(Interview):
    time_until: TimeLeft
