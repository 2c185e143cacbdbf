"""A payload for each event type, as small as the catalogue allows; `n` says which step it came from."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def iso(moment: float) -> str:
    """`2025-11-14T15:00:00Z`: whole seconds, as EventBridge writes them."""
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_JOB = {"job_id": 1, "company": "C", "job_title": "T"}
_TIME = "2025-11-14T15:00:00Z"
_INTERVIEW = {
    "interview_id": 1,
    "job_id": 1,
    "company": "C",
    "interview_type": "phone",
    "job_title": "T",
    "duration_minutes": 30,
}
_FOLLOWUP = {**_JOB, "followup_id": 1, "followup_type": "mail"}
_PAYLOADS: dict[str, dict[str, Any]] = {
    "job.created": {**_JOB, "location": "L", "source": "S"},
    "job.analyzing": _JOB,
    "application.status_changed": {**_JOB, "old_status": "a", "new_status": "b", "timestamp": _TIME},
    "application.updated": {**_JOB, "updated_fields": ["notes"], "timestamp": _TIME},
    "recommendations.updated": {"count": 1, "top_recommendations": [], "updated_at": _TIME},
    "system.notification": {"message": "M", "severity": "info", "action_required": False},
    "interview.scheduled": _INTERVIEW,
    "interview.updated": {**_INTERVIEW, "status": "rescheduled"},
    "followup.scheduled": _FOLLOWUP,
    "followup.sent": {**_FOLLOWUP, "sent_at": _TIME},
    "schedule.cancelled": {},
    "user.revoked": {},
}
CHANNEL_OF = {
    "job": "jobs",
    "application": "applications",
    "recommendations": "recommendations",
    "interview": "interviews",
    "followup": "followups",
    "system": "system",
}


def payload(type_: str, *, number: int, key: int | None, **more: Any) -> dict[str, Any]:
    data = {**_PAYLOADS[type_], "n": number, **more}
    if key is not None and "job_id" in data:
        data["job_id"] = key
    return data


def channel_of(type_: str) -> str:
    return CHANNEL_OF[type_.partition(".")[0]]


WELCOME = -1
OTHER = -2


def number_of(frame: Mapping[str, Any]) -> int:
    """Which event a message is: reminders carry no `n`, but the job of the interview."""
    if frame["type"] == "system.connected":
        return WELCOME
    data = frame["data"]
    number: int = data.get("job_id" if frame["type"] == "interview.reminder" else "n", OTHER)
    return number
