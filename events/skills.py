"""What a job asks for and the user lacks."""

from tidings.catalog import Channel, Conflation, Count, Id, Payload, Percentage, Text, Timestamp, event

SKILLS = Channel("skills")


class MissingSkill(Payload):
    skill: Text
    importance: Text


@event(
    "skill_gap.completed",
    SKILLS,
    sample={
        "job_id": 42,
        "overall_match": 78.5,
        "matching_skills": 8,
        "missing_skills": 2,
        "missing_skills_list": [
            {"skill": "Kubernetes", "importance": "high"},
            {"skill": "GraphQL", "importance": "medium"},
        ],
    },
)
class SkillGapCompleted(Payload):
    job_id: Id
    overall_match: Percentage
    matching_skills: Count
    missing_skills: Count
    missing_skills_list: list[MissingSkill]


@event(
    "skill_gap.updated",
    SKILLS,
    conflation=Conflation(key_field="job_id", window_seconds=2),
    sample={
        "job_id": 42,
        "overall_match": 84.0,
        "matching_skills": 9,
        "missing_skills": 1,
        "missing_skills_list": [{"skill": "GraphQL", "importance": "medium"}],
        "previous_match": 78.5,
        "updated_at": "now",
    },
)
class SkillGapUpdated(SkillGapCompleted):
    previous_match: Percentage
    updated_at: Timestamp
