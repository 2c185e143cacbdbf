"""Applications for jobs."""

from events.payloads import Job
from tidings.catalog import Channel, Conflation, Text, Timestamp, event

APPLICATIONS = Channel("applications")


@event("application.status_changed", APPLICATIONS)
class ApplicationStatusChanged(Job):
    old_status: Text
    new_status: Text
    timestamp: Timestamp


@event("application.updated", APPLICATIONS, conflation=Conflation(key_field="job_id", window_seconds=2))
class ApplicationUpdated(Job):
    updated_fields: list[Text]
    timestamp: Timestamp
