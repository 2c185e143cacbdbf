"""How an event that is not valid is kept."""

from shared.app.ports import Ports
from shared.domain.errors import EventRejected
from shared.domain.intake import BusEvent


def keep_invalid(ports: Ports, event: BusEvent, rejected: EventRejected) -> None:
    """Keep the event as it came, so that it can be mended and put on the bus again."""
    content = {
        "id": event.event_id,
        "source": event.source,
        "detail-type": event.detail_type,
        "time": event.occurred_at,
        "detail": event.detail,
    }
    ports.rejections.put("invalid_event", reasons=rejected.reasons, content=content)
