"""Follow-ups to applications."""

from typing import Annotated

from pydantic import Field

from events.payloads import Job
from tidings.catalog import Channel, Id, Text, Timestamp, event

FOLLOWUPS = Channel("followups")


class FollowUp(Job):
    followup_id: Id
    followup_type: Text


@event("followup.scheduled", None)
class FollowUpScheduled(FollowUp):
    scheduled_date: Timestamp


@event("followup.due", FOLLOWUPS)
class FollowUpDue(FollowUp):
    scheduled_date: Timestamp
    hours_until_due: Annotated[float, Field(ge=0)]


@event("followup.sent", FOLLOWUPS)
class FollowUpSent(FollowUp):
    sent_at: Timestamp
