"""$default: every client message. The answer travels back as the route response."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions import started
from shared.app.authenticate import TRUST_URL
from shared.app.message import answer_message
from shared.bootstrap import build_ports
from shared.domain import envelope
from shared.domain.errors import ClientError, ErrorCode
from shared.observability import logger, metrics

ports = build_ports(
    *("admission", "catalog", "clock", "inbox", "queue", "rate_memory", "remembered_rows", "streams"),
    "subscribers",
)
if ports.settings.auth_mode != TRUST_URL:
    ports.build("access", "tokens")
started()


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    connection_id = event["requestContext"]["connectionId"]
    logger.append_keys(connection_id=connection_id)
    try:
        answer = answer_message(ports, connection_id, event.get("body") or "")
    except Exception:  # noqa: BLE001  the one catch-all, at the edge
        # Whatever went wrong, the client gets a typed answer and the connection stays open.
        logger.exception("message failed")
        problem = ClientError(ErrorCode.INTERNAL_ERROR, "Something went wrong here. Please try again.")
        answer = envelope.error(problem, now=ports.clock.now())
    metrics.add_metric("Messages", MetricUnit.Count, 1)
    if answer is None:
        return {"statusCode": 200}
    if "recovered" in answer.data and not (answer.data["more"] or "settling" in answer.data):
        verdict = answer.data.get("reason", "recovered")
        metrics.add_metric(f"History{verdict.capitalize()}", MetricUnit.Count, 1)
    if answer.type == envelope.ERROR:
        logger.info("answered with an error", code=answer.data["code"])
        metrics.add_metric("MessageErrors", MetricUnit.Count, 1)
    # Always 200: API Gateway would replace the body of any other status with its own error frame.
    return {"statusCode": 200, "body": answer.to_json()}
