"""What a job asks for and the user lacks."""

from tidings.catalog import Channel, Conflation, Count, Id, Payload, Percentage, Text, Timestamp, event

SKILLS = Channel("skills")


class MissingSkill(Payload):
    skill: Text
    importance: Text


@event("skill_gap.completed", SKILLS)
class SkillGapCompleted(Payload):
    job_id: Id
    overall_match: Percentage
    matching_skills: Count
    missing_skills: Count
    missing_skills_list: list[MissingSkill]


@event("skill_gap.updated", SKILLS, conflation=Conflation(key_field="job_id", window_seconds=2))
class SkillGapUpdated(SkillGapCompleted):
    previous_match: Percentage
    updated_at: Timestamp
