"""Jobs that are recommended."""

from events.payloads import Job
from tidings.catalog import Channel, Conflation, Count, Payload, Percentage, Timestamp, event

RECOMMENDATIONS = Channel("recommendations")


class RecommendedJob(Job):
    score: Percentage


class Recommendations(Payload):
    count: Count
    top_recommendations: list[RecommendedJob]


@event(
    "recommendations.new",
    RECOMMENDATIONS,
    sample={
        "count": 2,
        "top_recommendations": [
            {"job_id": 50, "company": "Netflix", "job_title": "Backend Engineer", "score": 92.5},
            {"job_id": 51, "company": "Uber", "job_title": "Staff Engineer", "score": 88.3},
        ],
        "generated_at": "now",
    },
)
class RecommendationsNew(Recommendations):
    generated_at: Timestamp


@event(
    "recommendations.updated",
    RECOMMENDATIONS,
    conflation=Conflation(window_seconds=2),
    sample={
        "count": 1,
        "top_recommendations": [
            {"job_id": 50, "company": "Netflix", "job_title": "Backend Engineer", "score": 94.1}
        ],
        "updated_at": "now",
    },
)
class RecommendationsUpdated(Recommendations):
    updated_at: Timestamp
