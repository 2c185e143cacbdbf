"""Generated from the catalogue by `python -m clients.generate_types`. Do not edit."""

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field

from tidings.payload import Part, Payload, Timestamp

Channel = Literal["jobs", "applications", "recommendations", "skills", "followups", "interviews", "system"]
EventType = Literal[
    "job.created",
    "job.analyzing",
    "job.analyzed",
    "application.status_changed",
    "application.updated",
    "recommendations.new",
    "recommendations.updated",
    "skill_gap.completed",
    "skill_gap.updated",
    "followup.scheduled",
    "followup.due",
    "followup.sent",
    "interview.scheduled",
    "interview.updated",
    "interview.reminder",
    "system.notification",
    "system.maintenance",
    "system.ping",
    "schedule.cancelled",
    "user.revoked",
    "user.forgotten",
    "delivery.unseen",
]


class RecommendedJob(Part):
    job_id: Annotated[int, Field(ge=0)]
    company: Annotated[str, Field(min_length=1)]
    job_title: Annotated[str, Field(min_length=1)]
    score: Annotated[float, Field(le=100, ge=0)]


class MissingSkill(Part):
    skill: Annotated[str, Field(min_length=1)]
    importance: Annotated[str, Field(min_length=1)]


class JobCreated(Payload):
    event_type: ClassVar[str] = "job.created"
    channel: ClassVar[Channel | None] = "jobs"
    from_producers: ClassVar[bool] = True

    job_id: Annotated[int, Field(ge=0)]
    company: Annotated[str, Field(min_length=1)]
    job_title: Annotated[str, Field(min_length=1)]
    location: str
    source: Annotated[str, Field(min_length=1)]


class JobAnalyzing(Payload):
    event_type: ClassVar[str] = "job.analyzing"
    channel: ClassVar[Channel | None] = "jobs"
    from_producers: ClassVar[bool] = True

    job_id: Annotated[int, Field(ge=0)]
    company: Annotated[str, Field(min_length=1)]
    job_title: Annotated[str, Field(min_length=1)]


class JobAnalyzed(Payload):
    event_type: ClassVar[str] = "job.analyzed"
    channel: ClassVar[Channel | None] = "jobs"
    from_producers: ClassVar[bool] = True

    job_id: Annotated[int, Field(ge=0)]
    match_score: Annotated[float, Field(le=100, ge=0)]
    recommendation: Annotated[str, Field(min_length=1)]
    strengths: list[str]
    concerns: list[str]


class ApplicationStatusChanged(Payload):
    event_type: ClassVar[str] = "application.status_changed"
    channel: ClassVar[Channel | None] = "applications"
    from_producers: ClassVar[bool] = True

    job_id: Annotated[int, Field(ge=0)]
    company: Annotated[str, Field(min_length=1)]
    job_title: Annotated[str, Field(min_length=1)]
    old_status: Annotated[str, Field(min_length=1)]
    new_status: Annotated[str, Field(min_length=1)]
    timestamp: Timestamp


class ApplicationUpdated(Payload):
    event_type: ClassVar[str] = "application.updated"
    channel: ClassVar[Channel | None] = "applications"
    from_producers: ClassVar[bool] = True

    job_id: Annotated[int, Field(ge=0)]
    company: Annotated[str, Field(min_length=1)]
    job_title: Annotated[str, Field(min_length=1)]
    updated_fields: list[Annotated[str, Field(min_length=1)]]
    timestamp: Timestamp


class RecommendationsNew(Payload):
    event_type: ClassVar[str] = "recommendations.new"
    channel: ClassVar[Channel | None] = "recommendations"
    from_producers: ClassVar[bool] = True

    count: Annotated[int, Field(ge=0)]
    top_recommendations: list[RecommendedJob]
    generated_at: Timestamp


class RecommendationsUpdated(Payload):
    event_type: ClassVar[str] = "recommendations.updated"
    channel: ClassVar[Channel | None] = "recommendations"
    from_producers: ClassVar[bool] = True

    count: Annotated[int, Field(ge=0)]
    top_recommendations: list[RecommendedJob]
    updated_at: Timestamp


class SkillGapCompleted(Payload):
    event_type: ClassVar[str] = "skill_gap.completed"
    channel: ClassVar[Channel | None] = "skills"
    from_producers: ClassVar[bool] = True

    job_id: Annotated[int, Field(ge=0)]
    overall_match: Annotated[float, Field(le=100, ge=0)]
    matching_skills: Annotated[int, Field(ge=0)]
    missing_skills: Annotated[int, Field(ge=0)]
    missing_skills_list: list[MissingSkill]


class SkillGapUpdated(Payload):
    event_type: ClassVar[str] = "skill_gap.updated"
    channel: ClassVar[Channel | None] = "skills"
    from_producers: ClassVar[bool] = True

    job_id: Annotated[int, Field(ge=0)]
    overall_match: Annotated[float, Field(le=100, ge=0)]
    matching_skills: Annotated[int, Field(ge=0)]
    missing_skills: Annotated[int, Field(ge=0)]
    missing_skills_list: list[MissingSkill]
    previous_match: Annotated[float, Field(le=100, ge=0)]
    updated_at: Timestamp


class FollowUpScheduled(Payload):
    event_type: ClassVar[str] = "followup.scheduled"
    channel: ClassVar[Channel | None] = None
    from_producers: ClassVar[bool] = True

    job_id: Annotated[int, Field(ge=0)]
    company: Annotated[str, Field(min_length=1)]
    job_title: Annotated[str, Field(min_length=1)]
    followup_id: Annotated[int, Field(ge=0)]
    followup_type: Annotated[str, Field(min_length=1)]
    scheduled_date: Timestamp


class FollowUpDue(Payload):
    event_type: ClassVar[str] = "followup.due"
    channel: ClassVar[Channel | None] = "followups"
    from_producers: ClassVar[bool] = True

    job_id: Annotated[int, Field(ge=0)]
    company: Annotated[str, Field(min_length=1)]
    job_title: Annotated[str, Field(min_length=1)]
    followup_id: Annotated[int, Field(ge=0)]
    followup_type: Annotated[str, Field(min_length=1)]
    scheduled_date: Timestamp
    hours_until_due: Annotated[float, Field(ge=0)]


class FollowUpSent(Payload):
    event_type: ClassVar[str] = "followup.sent"
    channel: ClassVar[Channel | None] = "followups"
    from_producers: ClassVar[bool] = True

    job_id: Annotated[int, Field(ge=0)]
    company: Annotated[str, Field(min_length=1)]
    job_title: Annotated[str, Field(min_length=1)]
    followup_id: Annotated[int, Field(ge=0)]
    followup_type: Annotated[str, Field(min_length=1)]
    sent_at: Timestamp


class InterviewScheduled(Payload):
    event_type: ClassVar[str] = "interview.scheduled"
    channel: ClassVar[Channel | None] = "interviews"
    from_producers: ClassVar[bool] = True

    interview_id: Annotated[int, Field(ge=0)]
    job_id: Annotated[int, Field(ge=0)]
    company: Annotated[str, Field(min_length=1)]
    interview_type: Annotated[str, Field(min_length=1)]
    scheduled_date: Timestamp
    job_title: Annotated[str, Field(min_length=1)]
    duration_minutes: Annotated[int, Field(gt=0)]
    calendar_event_id: Annotated[str, Field(min_length=1)] | None = None


class InterviewUpdated(Payload):
    event_type: ClassVar[str] = "interview.updated"
    channel: ClassVar[Channel | None] = "interviews"
    from_producers: ClassVar[bool] = True

    interview_id: Annotated[int, Field(ge=0)]
    job_id: Annotated[int, Field(ge=0)]
    company: Annotated[str, Field(min_length=1)]
    interview_type: Annotated[str, Field(min_length=1)]
    scheduled_date: Timestamp
    job_title: Annotated[str, Field(min_length=1)]
    duration_minutes: Annotated[int, Field(gt=0)]
    calendar_event_id: Annotated[str, Field(min_length=1)] | None = None
    status: Literal["scheduled", "rescheduled", "cancelled", "completed"]


class InterviewReminder(Payload):
    event_type: ClassVar[str] = "interview.reminder"
    channel: ClassVar[Channel | None] = "interviews"
    from_producers: ClassVar[bool] = True

    interview_id: Annotated[int, Field(ge=0)]
    job_id: Annotated[int, Field(ge=0)]
    company: Annotated[str, Field(min_length=1)]
    interview_type: Annotated[str, Field(min_length=1)]
    scheduled_date: Timestamp
    time_until: Annotated[str, Field(min_length=1)]


class SystemNotification(Payload):
    event_type: ClassVar[str] = "system.notification"
    channel: ClassVar[Channel | None] = "system"
    from_producers: ClassVar[bool] = True

    message: Annotated[str, Field(min_length=1)]
    severity: Annotated[str, Field(min_length=1)]
    action_required: bool


class SystemMaintenance(Payload):
    event_type: ClassVar[str] = "system.maintenance"
    channel: ClassVar[Channel | None] = "system"
    from_producers: ClassVar[bool] = True

    message: Annotated[str, Field(min_length=1)]
    severity: Annotated[str, Field(min_length=1)]
    action_required: bool
    starts_at: Timestamp
    ends_at: Timestamp


class SystemPing(Payload):
    event_type: ClassVar[str] = "system.ping"
    channel: ClassVar[Channel | None] = "system"
    from_producers: ClassVar[bool] = False

    timestamp: Timestamp


class ScheduleCancelled(Payload):
    event_type: ClassVar[str] = "schedule.cancelled"
    channel: ClassVar[Channel | None] = None
    from_producers: ClassVar[bool] = True


class UserRevoked(Payload):
    event_type: ClassVar[str] = "user.revoked"
    channel: ClassVar[Channel | None] = None
    from_producers: ClassVar[bool] = True


class UserForgotten(Payload):
    event_type: ClassVar[str] = "user.forgotten"
    channel: ClassVar[Channel | None] = None
    from_producers: ClassVar[bool] = True


class DeliveryUnseen(Payload):
    event_type: ClassVar[str] = "delivery.unseen"
    channel: ClassVar[Channel | None] = None
    from_producers: ClassVar[bool] = False

    event: dict[str, Any]
    reason: Literal["not_connected", "not_seen"]


PAYLOADS: Final[dict[str, type[Payload]]] = {
    "job.created": JobCreated,
    "job.analyzing": JobAnalyzing,
    "job.analyzed": JobAnalyzed,
    "application.status_changed": ApplicationStatusChanged,
    "application.updated": ApplicationUpdated,
    "recommendations.new": RecommendationsNew,
    "recommendations.updated": RecommendationsUpdated,
    "skill_gap.completed": SkillGapCompleted,
    "skill_gap.updated": SkillGapUpdated,
    "followup.scheduled": FollowUpScheduled,
    "followup.due": FollowUpDue,
    "followup.sent": FollowUpSent,
    "interview.scheduled": InterviewScheduled,
    "interview.updated": InterviewUpdated,
    "interview.reminder": InterviewReminder,
    "system.notification": SystemNotification,
    "system.maintenance": SystemMaintenance,
    "system.ping": SystemPing,
    "schedule.cancelled": ScheduleCancelled,
    "user.revoked": UserRevoked,
    "user.forgotten": UserForgotten,
    "delivery.unseen": DeliveryUnseen,
}
