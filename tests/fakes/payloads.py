"""One realistic payload for every event type a producer may send, the guide's where it shows one."""

from typing import Any

from tests.fakes.catalog import CATALOG
from tidings.samples import at, sample_of

PAYLOADS: dict[str, dict[str, Any]] = {
    "job.created": {
        "job_id": 42,
        "company": "Google",
        "job_title": "Senior Software Engineer",
        "location": "Mountain View, CA",
        "source": "linkedin",
    },
    "job.analyzing": {"job_id": 42, "company": "Google", "job_title": "Senior Software Engineer"},
    "job.analyzed": {
        "job_id": 42,
        "match_score": 85.5,
        "recommendation": "apply_now",
        "strengths": ["Strong Python match", "Location preference aligns"],
        "concerns": ["Requires 7+ years experience"],
    },
    "application.status_changed": {
        "job_id": 42,
        "company": "Google",
        "job_title": "Senior Software Engineer",
        "old_status": "applied",
        "new_status": "interviewing",
        "timestamp": "2025-11-14T15:05:00Z",
    },
    "application.updated": {
        "job_id": 42,
        "company": "Google",
        "job_title": "Senior Software Engineer",
        "updated_fields": ["notes"],
        "timestamp": "2025-11-14T15:06:00Z",
    },
    "recommendations.new": {
        "count": 10,
        "top_recommendations": [
            {"job_id": 50, "company": "Netflix", "job_title": "Backend Engineer", "score": 92.5},
            {"job_id": 51, "company": "Uber", "job_title": "Staff Engineer", "score": 88.3},
        ],
        "generated_at": "2025-11-14T15:10:00Z",
    },
    "recommendations.updated": {
        "count": 9,
        "top_recommendations": [],
        "updated_at": "2025-11-14T15:11:00Z",
    },
    "skill_gap.completed": {
        "job_id": 42,
        "overall_match": 78.5,
        "matching_skills": 8,
        "missing_skills": 1,
        "missing_skills_list": [{"skill": "Kubernetes", "importance": "high"}],
    },
    "skill_gap.updated": {
        "job_id": 42,
        "overall_match": 81,
        "matching_skills": 9,
        "missing_skills": 0,
        "missing_skills_list": [],
        "previous_match": 78.5,
        "updated_at": "2025-11-14T15:21:00Z",
    },
    "followup.scheduled": {
        "followup_id": 10,
        "job_id": 42,
        "company": "Google",
        "job_title": "Senior Software Engineer",
        "followup_type": "post_application",
        "scheduled_date": "2025-11-14T18:00:00Z",
    },
    "followup.due": {
        "followup_id": 10,
        "job_id": 42,
        "company": "Google",
        "job_title": "Senior Software Engineer",
        "followup_type": "post_application",
        "scheduled_date": "2025-11-14T17:00:00Z",
        "hours_until_due": 2,
    },
    "followup.sent": {
        "followup_id": 10,
        "job_id": 42,
        "company": "Google",
        "job_title": "Senior Software Engineer",
        "followup_type": "post_application",
        "sent_at": "2025-11-14T16:00:00Z",
    },
    "interview.scheduled": {
        "interview_id": 5,
        "job_id": 42,
        "company": "Google",
        "job_title": "Senior Software Engineer",
        "interview_type": "technical",
        "scheduled_date": "2025-11-16T14:00:00Z",
        "duration_minutes": 90,
        "calendar_event_id": "cal_abc123",
    },
    "interview.updated": {
        "interview_id": 5,
        "job_id": 42,
        "company": "Google",
        "job_title": "Senior Software Engineer",
        "interview_type": "technical",
        "scheduled_date": "2025-11-17T14:00:00Z",
        "duration_minutes": 60,
        "status": "rescheduled",
    },
    "interview.reminder": {
        "interview_id": 5,
        "job_id": 42,
        "company": "Google",
        "interview_type": "technical",
        "scheduled_date": "2025-11-15T14:00:00Z",
        "time_until": "15 minutes",
    },
    "system.notification": {
        "message": "System maintenance in 5 minutes",
        "severity": "warning",
        "action_required": False,
    },
    "system.maintenance": {
        "message": "Database upgrade",
        "severity": "info",
        "action_required": False,
        "starts_at": "2025-11-15T02:00:00Z",
        "ends_at": "2025-11-15T03:00:00Z",
    },
}
# Of a type that is new, its own sample.
PAYLOADS |= {
    name: at(sample_of(type_), 1_763_132_400)
    for name, type_ in CATALOG.items()
    if type_.from_producers and type_.payload.model_fields and name not in PAYLOADS
}
