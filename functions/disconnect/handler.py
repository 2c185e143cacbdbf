"""$disconnect: forget a connection. API Gateway ignores the answer."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions import started
from shared.app.disconnect import disconnect
from shared.bootstrap import build_ports
from shared.observability import logger, metrics

ports = build_ports("registry")
started()


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    request = event["requestContext"]
    logger.append_keys(connection_id=request["connectionId"])
    removed = disconnect(ports, request["connectionId"])
    logger.info(
        "disconnected",
        removed=removed,
        status_code=request.get("disconnectStatusCode"),
        reason=request.get("disconnectReason"),
    )
    metrics.add_metric("Disconnected", MetricUnit.Count, 1)
    return {"statusCode": 200}
