"""$connect: accept or refuse a connection. Any status but 2xx refuses the handshake."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from shared.app.connect import Accepted
from shared.bootstrap import build_app
from shared.observability import logger, metrics, tracer

connect = build_app().connect


@tracer.capture_lambda_handler
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    request = event["requestContext"]
    connection_id = request["connectionId"]
    logger.append_keys(connection_id=connection_id)
    # API Gateway leaves the key out when the URL has no query string.
    query = event.get("queryStringParameters") or {}
    answer = connect(connection_id, query, connected_at=request["connectedAt"] / 1000)
    if isinstance(answer, Accepted):
        logger.info(
            "connected",
            user_id=answer.connection.user_id,
            channels=sorted(answer.connection.channels),
            unknown_channels=answer.unknown_channels,
        )
        metrics.add_metric("Connected", MetricUnit.Count, 1)
        return {"statusCode": 200}
    logger.warning("refused", reason=answer.reason, status_code=answer.status_code)
    metrics.add_metric("Refused", MetricUnit.Count, 1)
    return {"statusCode": answer.status_code}
