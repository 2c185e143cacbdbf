"""The publisher posts to connections: events from the bus, and deliveries from the queue."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions import started
from functions.publisher.batch import Record, carry_out
from functions.publisher.counting import alarmed, count
from shared.app.deliver import deliver
from shared.app.publish import Result, publish
from shared.app.put_back import put_back
from shared.app.revoke import revoke
from shared.bootstrap import build_ports, new_lease
from shared.domain.deliveries import parse_delivery
from shared.domain.intake import USER_FORGOTTEN, USER_REVOKED, BusEvent
from shared.domain.lease import Lease
from shared.observability import logger, metrics

ports = build_ports(
    *("access", "bus", "catalog", "clock", "greetings", "history", "inbox", "jitter"),
    *("pace", "parts", "parts_pace", "queue", "registry", "rejections", "schedule"),
    *("sender", "streams", "subscribers", "user_rows", "windows"),
)
started()


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    lease = new_lease(ports, context.get_remaining_time_in_millis() / 1000)
    if "Records" in event:
        return carry_out(
            event["Records"], lambda record: _deliver(record, lease), lambda record: put_back(ports, record)
        )
    bus_event = BusEvent.from_eventbridge(event)
    if bus_event.detail_type in (USER_REVOKED, USER_FORGOTTEN):
        return _revoke(bus_event)
    return _publish(bus_event, lease)


def _publish(event: BusEvent, lease: Lease) -> None:
    logger.append_keys(event_id=event.event_id, event_type=event.detail_type)
    with alarmed():
        published = publish(ports, event, lease=lease)
    if published.result is Result.REJECTED:
        logger.warning("event rejected", reasons=published.reasons, source=event.source)
    else:
        logger.info("event " + published.result, id=published.subject)
    metrics.add_metric(f"Events{published.result.title().replace('_', '')}", MetricUnit.Count, 1)
    count(published.fanned)


def _revoke(event: BusEvent) -> None:
    revoked = revoke(ports, event)
    if revoked.reasons:
        logger.warning("event rejected", reasons=revoked.reasons, source=event.source)
    metrics.add_metric("EventsRejected" if revoked.reasons else "UsersRevoked", MetricUnit.Count, 1)


def _deliver(record: Record, lease: Lease) -> None:
    delivery = parse_delivery(record["body"])
    with alarmed():
        delivered = deliver(ports, delivery, lease=lease)
    logger.info("delivery " + delivered.result, kind=delivery.kind, subject=delivered.subject)
    metrics.add_metric(f"Deliveries{delivery.kind.title().replace('_', '')}", MetricUnit.Count, 1)
    count(delivered.fanned)
