"""The job application's events: its channels, event types and payloads. The application owns this package.

Another application has another one: `-c events=its.module`. Adding an event type is one class here.
"""

from events import applications, followups, interviews, jobs, recommendations, skills
from tidings.catalog import Catalog

catalog = Catalog.of(jobs, applications, recommendations, skills, followups, interviews)
