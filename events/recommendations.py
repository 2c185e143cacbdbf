"""Jobs that are recommended."""

from events.payloads import Job
from tidings.catalog import Channel, Conflation, Count, Payload, Percentage, Timestamp, event

RECOMMENDATIONS = Channel("recommendations")


class RecommendedJob(Job):
    score: Percentage


class Recommendations(Payload):
    count: Count
    top_recommendations: list[RecommendedJob]


@event("recommendations.new", RECOMMENDATIONS)
class RecommendationsNew(Recommendations):
    generated_at: Timestamp


@event("recommendations.updated", RECOMMENDATIONS, conflation=Conflation(window_seconds=2))
class RecommendationsUpdated(Recommendations):
    updated_at: Timestamp
