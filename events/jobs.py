"""Jobs, as they are found and analysed."""

from events.payloads import Job
from tidings.catalog import Channel, Conflation, Id, Payload, Percentage, Text, event

JOBS = Channel("jobs")


@event("job.created", JOBS)
class JobCreated(Job):
    location: str
    source: Text


@event("job.analyzing", JOBS, conflation=Conflation(key_field="job_id", window_seconds=2))
class JobAnalyzing(Job):
    pass


@event("job.analyzed", JOBS)
class JobAnalyzed(Payload):
    job_id: Id
    match_score: Percentage
    recommendation: Text
    strengths: list[str]
    concerns: list[str]
