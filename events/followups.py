"""Follow-ups to applications."""

from events.payloads import Job
from tidings.catalog import Channel, HoursLeft, Id, Reminder, Text, Timestamp, event, hours

FOLLOWUPS = Channel("followups")
DUE = Reminder(
    "followup.due",
    before=hours(2),
    at="scheduled_date",
    key="followup_id",
    even_late=True,
    extra_fields=True,
    stored_as="followup",
)


class FollowUp(Job):
    followup_id: Id
    followup_type: Text


@event(
    "followup.scheduled",
    None,
    plans=DUE,
    sample={
        "job_id": 42,
        "company": "Google",
        "job_title": "Senior Software Engineer",
        "followup_id": 10,
        "followup_type": "post_application",
        "scheduled_date": "now+3h",
    },
)
class FollowUpScheduled(FollowUp):
    scheduled_date: Timestamp


@event(
    "followup.due",
    FOLLOWUPS,
    sample={
        "job_id": 42,
        "company": "Google",
        "job_title": "Senior Software Engineer",
        "followup_id": 10,
        "followup_type": "post_application",
        "scheduled_date": "now+2h",
        "hours_until_due": 2,
    },
)
class FollowUpDue(FollowUp):
    scheduled_date: Timestamp
    hours_until_due: HoursLeft


@event(
    "followup.sent",
    FOLLOWUPS,
    drops=DUE,
    sample={
        "job_id": 42,
        "company": "Google",
        "job_title": "Senior Software Engineer",
        "followup_id": 10,
        "followup_type": "post_application",
        "sent_at": "now",
    },
)
class FollowUpSent(FollowUp):
    sent_at: Timestamp
