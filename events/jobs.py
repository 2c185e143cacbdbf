"""Jobs, as they are found and analysed."""

from events.payloads import Job
from tidings.catalog import Channel, Conflation, Id, Payload, Percentage, Text, event

JOBS = Channel("jobs")


@event(
    "job.created",
    JOBS,
    sample={
        "job_id": 42,
        "company": "Google",
        "job_title": "Senior Software Engineer",
        "location": "Mountain View, CA",
        "source": "linkedin",
    },
)
class JobCreated(Job):
    location: str
    source: Text


@event(
    "job.analyzing",
    JOBS,
    conflation=Conflation(key_field="job_id", window_seconds=2),
    sample={"job_id": 42, "company": "Google", "job_title": "Senior Software Engineer"},
)
class JobAnalyzing(Job):
    pass


@event(
    "job.analyzed",
    JOBS,
    sample={
        "job_id": 42,
        "match_score": 85.5,
        "recommendation": "apply_now",
        "strengths": ["Strong Python match", "Location preference aligns"],
        "concerns": ["Requires 7+ years experience"],
    },
)
class JobAnalyzed(Payload):
    job_id: Id
    match_score: Percentage
    recommendation: Text
    strengths: list[str]
    concerns: list[str]
