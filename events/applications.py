"""Applications for jobs."""

from events.payloads import Job
from tidings.catalog import Channel, Conflation, Text, Timestamp, event

APPLICATIONS = Channel("applications")


@event(
    "application.status_changed",
    APPLICATIONS,
    sample={
        "job_id": 42,
        "company": "Google",
        "job_title": "Senior Software Engineer",
        "old_status": "applied",
        "new_status": "interviewing",
        "timestamp": "now",
    },
)
class ApplicationStatusChanged(Job):
    old_status: Text
    new_status: Text
    timestamp: Timestamp


@event(
    "application.updated",
    APPLICATIONS,
    conflation=Conflation(key_field="job_id", window_seconds=2),
    sample={
        "job_id": 42,
        "company": "Google",
        "job_title": "Senior Software Engineer",
        "updated_fields": ["notes", "salary_expectation"],
        "timestamp": "now",
    },
)
class ApplicationUpdated(Job):
    updated_fields: list[Text]
    timestamp: Timestamp
