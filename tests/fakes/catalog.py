"""The catalogue that tests use: the job application's, with the system's own channel and types."""

from enum import StrEnum

from events import catalog
from tidings.system import with_system

CATALOGUE = with_system(catalog)
CATALOG = CATALOGUE.types


class Channel(StrEnum):
    """The names, so that a misspelt one is no test that passes."""

    JOBS = "jobs"
    APPLICATIONS = "applications"
    RECOMMENDATIONS = "recommendations"
    SKILLS = "skills"
    FOLLOWUPS = "followups"
    INTERVIEWS = "interviews"
    SYSTEM = "system"
