"""Interviews, and the reminders of them."""

from typing import Annotated, Literal

from pydantic import Field

from tidings.catalog import Channel, Id, Payload, Text, Timestamp, event

INTERVIEWS = Channel("interviews")


class Interview(Payload):
    interview_id: Id
    job_id: Id
    company: Text
    interview_type: Text
    scheduled_date: Timestamp


@event("interview.scheduled", INTERVIEWS)
class InterviewScheduled(Interview):
    job_title: Text
    duration_minutes: Annotated[int, Field(gt=0)]
    calendar_event_id: Text | None = None


@event("interview.updated", INTERVIEWS)
class InterviewUpdated(InterviewScheduled):
    status: Literal["scheduled", "rescheduled", "cancelled", "completed"]


@event("interview.reminder", INTERVIEWS)
class InterviewReminder(Interview):
    time_until: Text
