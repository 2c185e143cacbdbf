"""The scheduler: the minute's tick, and events that plan, move or drop what is due later."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions import started
from shared.app.plan import plan
from shared.app.sweep import sweep
from shared.app.tick import tick
from shared.bootstrap import build_ports
from shared.domain.intake import BusEvent
from shared.observability import logger, metrics

# What a tick leaves undone the next one does; this is what it keeps to end its work in order.
RESERVE_SECONDS = 5.0

ports = build_ports(*("catalog", "clock", "orphan_rows", "queue", "rejections", "schedule", "windows"))
started()


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    logger.append_keys(event_id=event["id"])
    # Producers cannot send this source: EventBridge keeps `aws.` for itself.
    if event["source"] == "aws.events":
        deadline = ports.clock.now() + context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS
        _tick(deadline)
        return
    outcome = plan(ports, BusEvent.from_eventbridge(event))
    if outcome.reasons:
        logger.warning("event rejected", reasons=outcome.reasons, event_type=outcome.event_type)
    else:
        logger.info("schedule changed", **asdict(outcome))
    metrics.add_metric("Planned", MetricUnit.Count, outcome.planned)
    metrics.add_metric("Cancelled", MetricUnit.Count, outcome.cancelled)
    if outcome.is_kept:
        metrics.add_metric("EventsRejected", MetricUnit.Count, 1)


def _tick(deadline: float) -> None:
    ticked = tick(ports, deadline=deadline)
    logger.info("ticked", **asdict(ticked))
    metrics.add_metric("Released", MetricUnit.Count, ticked.released)
    metrics.add_metric("Overdue", MetricUnit.Count, ticked.overdue)
    metrics.add_metric("OverdueWindows", MetricUnit.Count, ticked.windows)
    metrics.add_metric("UnfinishedTicks", MetricUnit.Count, int(not ticked.finished))
    if not ticked.finished:  # the sweep takes only time that is left over
        return
    swept = sweep(ports, deadline=deadline)
    if swept.removed:
        logger.info("swept", **asdict(swept))
    metrics.add_metric("SweptRows", MetricUnit.Count, swept.removed)
    metrics.add_metric("SweepUnits", MetricUnit.Count, swept.units)
