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


@event("interview.scheduled", INTERVIEWS, plans=REMINDER, inbox=True)
class InterviewScheduled(Interview):
    job_title: Text
    duration_minutes: Annotated[int, Field(gt=0)]
    calendar_event_id: Text | None = None


@event("interview.updated", INTERVIEWS, moves=REMINDER)
class InterviewUpdated(InterviewScheduled):
    status: Literal["scheduled", "rescheduled", "cancelled", "completed"]


@event("interview.reminder", INTERVIEWS, inbox=True, unseen_after=minutes(10))
class InterviewReminder(Interview):
    time_until: TimeLeft
