"""What one invocation did for an event, in the log and in the metrics."""

from collections.abc import Iterator
from contextlib import contextmanager

from aws_lambda_powertools.metrics import MetricUnit

from shared.app.fan_out.event import FanOutResult
from shared.app.fan_out.posting import PostsRefused
from shared.observability import logger, metrics


def count(fanned: FanOutResult | None) -> None:
    if fanned is None or fanned.receipt is None or fanned.counts is None:
        return
    logger.info("receipt", extra={"receipt": fanned.receipt.values(), "added": fanned.counts})
    for name, number in fanned.counts.items():
        metrics.add_metric(name.title().replace("_", ""), MetricUnit.Count, number)
    if fanned.counts["delivered"] and fanned.receipt.latency_seconds is not None:
        metrics.add_metric("PublishToDeliver", MetricUnit.Seconds, fanned.receipt.latency_seconds)


@contextmanager
def alarmed() -> Iterator[None]:
    """A 403 is nothing that a retry mends: rights or the endpoint are wrong, and somebody must know."""
    try:
        yield
    except PostsRefused:
        metrics.add_metric("PostsRefused", MetricUnit.Count, 1)
        raise
