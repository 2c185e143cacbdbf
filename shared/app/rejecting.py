"""How an event that is not valid is kept."""

from shared.app.ports.rejections import Rejection
from shared.domain.errors import EventRejected
from shared.domain.intake import BusEvent


def rejection_of(event: BusEvent, rejected: EventRejected) -> Rejection:
    """The event as it came, so that it can be mended and put on the bus again."""
    content = {
        "id": event.event_id,
        "source": event.source,
        "detail-type": event.detail_type,
        "time": event.occurred_at,
        "detail": event.detail,
    }
    return Rejection(kind="invalid_event", reasons=rejected.reasons, content=content)
