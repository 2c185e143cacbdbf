"""A batch of a queue: urgent messages are carried out first, and only those that failed come back."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from shared.domain.deliveries import is_urgent
from shared.observability import logger, metrics

Record = Mapping[str, Any]


def carry_out(
    records: Sequence[Record], deliver: Callable[[Record], None], put_back: Callable[[Record], int]
) -> dict[str, Any]:
    """Lambda's partial batch response.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    failed = []
    for record in sorted(records, key=lambda record: not is_urgent(record["body"])):
        try:
            deliver(record)
        except Exception:  # noqa: BLE001  one message must not fail the others
            failed.append({"itemIdentifier": record["messageId"]})
            logger.exception("delivery failed", message_id=record["messageId"])
            metrics.add_metric("DeliveriesFailed", MetricUnit.Count, 1)
            _show_again(record, put_back)
    return {"batchItemFailures": failed}


def _show_again(record: Record, put_back: Callable[[Record], int]) -> None:
    try:
        seconds = put_back(record)
    except Exception:  # noqa: BLE001  then it comes back when its visibility timeout is over
        logger.exception("put back failed", message_id=record["messageId"])
    else:
        logger.info("put back", message_id=record["messageId"], seconds=seconds)
