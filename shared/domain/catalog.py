"""The catalogue: every event type with its channel and payload. Adding an event type is one class here.

A payload is checked, then sent as the producer wrote it: fields we do not know are kept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.domain.moments import parse_time


class Channel(StrEnum):
    JOBS = "jobs"
    APPLICATIONS = "applications"
    RECOMMENDATIONS = "recommendations"
    SKILLS = "skills"
    FOLLOWUPS = "followups"
    INTERVIEWS = "interviews"
    SYSTEM = "system"


def channel_named(name: str) -> Channel | None:
    """The channel of that name, if there is one."""
    return _CHANNELS.get(name)


_CHANNELS = {channel.value: channel for channel in Channel}


class Payload(BaseModel):
    """Base of all payloads: strict (no "42" for 42), open (extra fields stay)."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflation:
    """At most one message per key and audience in a window; of those held back, only the latest is sent.

    Never for a type that a user must not miss: reminders, status changes, interviews.
    """

    window_seconds: int
    key_field: str | None = None
    """The payload field whose values are kept apart; None where the latest is the latest for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    name: str
    payload: type[Payload]
    channel: Channel | None
    """None: known on the bus, never shown to clients."""
    from_producers: bool
    conflation: Conflation | None


CATALOG: dict[str, EventType] = {}

P = TypeVar("P", bound=type[Payload])


def event(
    name: str,
    channel: Channel | None,
    *,
    from_producers: bool = True,
    conflation: Conflation | None = None,
) -> Callable[[P], P]:
    """Enter a payload model into the catalogue under `name`."""

    def enter(payload: P) -> P:
        if name in CATALOG:
            raise ValueError(f"{name} is declared twice")
        CATALOG[name] = EventType(
            name=name,
            payload=payload,
            channel=channel,
            from_producers=from_producers,
            conflation=conflation,
        )
        return payload

    return enter


def _readable_time(text: str) -> str:
    parse_time(text)
    return text


Timestamp = Annotated[str, AfterValidator(_readable_time), Field(json_schema_extra={"format": "date-time"})]
Text = Annotated[str, Field(min_length=1)]
Id = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]
Percentage = Annotated[float, Field(ge=0, le=100)]


class Job(Payload):
    job_id: Id
    company: Text
    job_title: Text


@event("job.created", Channel.JOBS)
class JobCreated(Job):
    location: str
    source: Text


@event("job.analyzing", Channel.JOBS, conflation=Conflation(key_field="job_id", window_seconds=2))
class JobAnalyzing(Job):
    pass


@event("job.analyzed", Channel.JOBS)
class JobAnalyzed(Payload):
    job_id: Id
    match_score: Percentage
    recommendation: Text
    strengths: list[str]
    concerns: list[str]


@event("application.status_changed", Channel.APPLICATIONS)
class ApplicationStatusChanged(Job):
    old_status: Text
    new_status: Text
    timestamp: Timestamp


@event(
    "application.updated", Channel.APPLICATIONS, conflation=Conflation(key_field="job_id", window_seconds=2)
)
class ApplicationUpdated(Job):
    updated_fields: list[Text]
    timestamp: Timestamp


class RecommendedJob(Job):
    score: Percentage


class Recommendations(Payload):
    count: Count
    top_recommendations: list[RecommendedJob]


@event("recommendations.new", Channel.RECOMMENDATIONS)
class RecommendationsNew(Recommendations):
    generated_at: Timestamp


@event("recommendations.updated", Channel.RECOMMENDATIONS, conflation=Conflation(window_seconds=2))
class RecommendationsUpdated(Recommendations):
    updated_at: Timestamp


class MissingSkill(Payload):
    skill: Text
    importance: Text


@event("skill_gap.completed", Channel.SKILLS)
class SkillGapCompleted(Payload):
    job_id: Id
    overall_match: Percentage
    matching_skills: Count
    missing_skills: Count
    missing_skills_list: list[MissingSkill]


@event("skill_gap.updated", Channel.SKILLS, conflation=Conflation(key_field="job_id", window_seconds=2))
class SkillGapUpdated(SkillGapCompleted):
    previous_match: Percentage
    updated_at: Timestamp


class FollowUp(Job):
    followup_id: Id
    followup_type: Text


@event("followup.scheduled", None)
class FollowUpScheduled(FollowUp):
    scheduled_date: Timestamp


@event("followup.due", Channel.FOLLOWUPS)
class FollowUpDue(FollowUp):
    scheduled_date: Timestamp
    hours_until_due: Annotated[float, Field(ge=0)]


@event("followup.sent", Channel.FOLLOWUPS)
class FollowUpSent(FollowUp):
    sent_at: Timestamp


class Interview(Payload):
    interview_id: Id
    job_id: Id
    company: Text
    interview_type: Text
    scheduled_date: Timestamp


@event("interview.scheduled", Channel.INTERVIEWS)
class InterviewScheduled(Interview):
    job_title: Text
    duration_minutes: Annotated[int, Field(gt=0)]
    calendar_event_id: Text | None = None


@event("interview.updated", Channel.INTERVIEWS)
class InterviewUpdated(InterviewScheduled):
    status: Literal["scheduled", "rescheduled", "cancelled", "completed"]


@event("interview.reminder", Channel.INTERVIEWS)
class InterviewReminder(Interview):
    time_until: Text


class Notice(Payload):
    message: Text
    severity: Text
    action_required: bool


@event("system.notification", Channel.SYSTEM)
class SystemNotification(Notice):
    pass


@event("system.maintenance", Channel.SYSTEM)
class SystemMaintenance(Notice):
    starts_at: Timestamp
    ends_at: Timestamp


@event("system.ping", Channel.SYSTEM, from_producers=False)
class SystemPing(Payload):
    timestamp: Timestamp


@event("schedule.cancelled", None)
class ScheduleCancelled(Payload):
    pass


@event("user.revoked", None)
class UserRevoked(Payload):
    """`detail.user_id` says whose tokens and connections end; `data` may say why."""
