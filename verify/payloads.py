"""A payload for every event type, as docs/protocol.md describes them."""

from typing import Any

MOMENT = "2026-11-14T15:00:00Z"
JOB = {"company": "Verify Ltd", "job_title": "Engineer"}
_SKILLS = {
    "overall_match": 78.5,
    "matching_skills": 8,
    "missing_skills": 1,
    "missing_skills_list": [{"skill": "Kubernetes", "importance": "high"}],
}
_RECOMMENDED = {"count": 1, "top_recommendations": [{"job_id": 50, **JOB, "score": 92.5}]}
_FOLLOW_UP = {**JOB, "followup_type": "post_application"}
_INTERVIEW = {"company": "Verify Ltd", "interview_type": "technical"}
_INTERVIEW_LONG = {**_INTERVIEW, "job_title": "Engineer", "duration_minutes": 60}
_NOTICE = {"message": "Hello", "severity": "info", "action_required": False}

CHANNEL_OF = {
    "job.created": "jobs",
    "job.analyzing": "jobs",
    "job.analyzed": "jobs",
    "application.status_changed": "applications",
    "application.updated": "applications",
    "recommendations.new": "recommendations",
    "recommendations.updated": "recommendations",
    "skill_gap.completed": "skills",
    "skill_gap.updated": "skills",
    "followup.due": "followups",
    "followup.sent": "followups",
    "interview.scheduled": "interviews",
    "interview.updated": "interviews",
    "interview.reminder": "interviews",
    "system.notification": "system",
    "system.maintenance": "system",
}
CHANNELS = sorted(set(CHANNEL_OF.values()))


def payload(event_type: str, number: int, **fields: Any) -> dict[str, Any]:
    """`number` is the id of its job, interview or follow-up. Interviews have begun, and plan nothing."""
    return {**_WITHOUT_IDS[event_type], **_ids(event_type, number), **fields}


def _ids(event_type: str, number: int) -> dict[str, int]:
    if event_type.startswith(("system.", "recommendations.")):
        return {}
    kind = event_type.partition(".")[0]
    return {"job_id": number} | ({f"{kind}_id": number} if kind in ("followup", "interview") else {})


_WITHOUT_IDS: dict[str, dict[str, Any]] = {
    "job.created": {**JOB, "location": "Bonn", "source": "verify"},
    "job.analyzing": JOB,
    "job.analyzed": {
        "match_score": 85.5,
        "recommendation": "apply_now",
        "strengths": ["Python"],
        "concerns": [],
    },
    "application.status_changed": {
        **JOB,
        "old_status": "applied",
        "new_status": "interviewing",
        "timestamp": MOMENT,
    },
    "application.updated": {**JOB, "updated_fields": ["notes"], "timestamp": MOMENT},
    "recommendations.new": {**_RECOMMENDED, "generated_at": MOMENT},
    "recommendations.updated": {**_RECOMMENDED, "updated_at": MOMENT},
    "skill_gap.completed": _SKILLS,
    "skill_gap.updated": {**_SKILLS, "previous_match": 70, "updated_at": MOMENT},
    "followup.scheduled": {**_FOLLOW_UP, "scheduled_date": MOMENT},
    "followup.due": {**_FOLLOW_UP, "scheduled_date": MOMENT, "hours_until_due": 2},
    "followup.sent": {**_FOLLOW_UP, "sent_at": MOMENT},
    "interview.scheduled": {**_INTERVIEW_LONG, "scheduled_date": "2025-11-14T15:00:00Z"},
    "interview.updated": {
        **_INTERVIEW_LONG,
        "scheduled_date": "2025-11-14T15:00:00Z",
        "status": "rescheduled",
    },
    "interview.reminder": {**_INTERVIEW, "scheduled_date": MOMENT, "time_until": "15 minutes"},
    "system.notification": _NOTICE,
    "system.maintenance": {**_NOTICE, "starts_at": MOMENT, "ends_at": MOMENT},
}
