"""$connect: accept or refuse a connection. Any status but 2xx refuses the handshake."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions import started
from shared.app.authenticate import TRUST_URL
from shared.app.connect import connect
from shared.bootstrap import build_ports
from shared.domain.errors import AccessRefused
from shared.domain.handshake import Handshake
from shared.observability import logger, metrics

ports = build_ports("catalog", "clock", "greetings", "queue", "registry", "subscribers")
if ports.settings.auth_mode == TRUST_URL:
    logger.warning("authentication is off: a user is whoever the client says (AUTH_MODE=none)")
else:
    ports.build("access", "tokens")
started()


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    handshake = Handshake.from_event(event)
    logger.append_keys(connection_id=handshake.connection_id)
    try:
        connection = connect(ports, handshake)
    except AccessRefused as refused:
        reason = refused.refusal
        # The reason alone: what was sent may be a token, and logs are read by many.
        logger.warning("refused", reason=reason, status_code=reason.status_code, origin=handshake.origins)
        metrics.add_metric("Refused", MetricUnit.Count, 1)
        return {"statusCode": reason.status_code}
    logger.info(
        "connected",
        user_id=connection.user_id,
        channels=sorted(connection.channels),
    )
    metrics.add_metric("Connected", MetricUnit.Count, 1)
    subprotocol = handshake.subprotocol
    agreed = {} if subprotocol is None else {"Sec-WebSocket-Protocol": subprotocol}
    return {"statusCode": 200, "headers": agreed}
