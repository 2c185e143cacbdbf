"""$connect: accept or refuse a connection. Any status but 2xx refuses the handshake."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from shared.app.connect import Accepted
from shared.bootstrap import build_app
from shared.domain.handshake import Handshake
from shared.observability import logger, metrics

app = build_app()
connect = app.connect
if not app.authenticates:
    logger.warning("authentication is off: a user is whoever the client says (AUTH_MODE=none)")


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    handshake = Handshake.from_event(event)
    logger.append_keys(connection_id=handshake.connection_id)
    answer = connect(handshake)
    if isinstance(answer, Accepted):
        logger.info(
            "connected",
            user_id=answer.connection.user_id,
            channels=sorted(answer.connection.channels),
            unknown_channels=answer.unknown_channels,
        )
        metrics.add_metric("Connected", MetricUnit.Count, 1)
        agreed = {} if answer.subprotocol is None else {"Sec-WebSocket-Protocol": answer.subprotocol}
        return {"statusCode": 200, "headers": agreed}
    status_code = answer.refusal.status_code
    # The reason alone: what was sent may be a token, and logs are read by many.
    logger.warning("refused", reason=answer.refusal, status_code=status_code, origin=handshake.origins)
    metrics.add_metric("Refused", MetricUnit.Count, 1)
    return {"statusCode": status_code}
