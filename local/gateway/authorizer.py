"""Lambda REQUEST authorizers: who may connect, and what every later event tells about them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .integration import Failure, IntegrationFailed
from .policy import INVOKE, Decision, MalformedPolicy, evaluate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .events import HandshakeRequest
    from .integration import FunctionCaller
    from .limits import GatewayLimits
    from .model import Authorizer, WebSocketApi

_log = logging.getLogger(__name__)


class Unauthorized(Exception):
    """The handshake ends with this status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Grant:
    """`context` becomes `requestContext.authorizer` for the life of the connection."""

    context: Mapping[str, Any]
    latency_ms: int


def _misconfigured(why: str) -> Unauthorized:
    _log.warning("authorizer: %s", why)
    return Unauthorized(500, "Internal server error")


def require_identity(
    authorizer: Authorizer, api: WebSocketApi, request: HandshakeRequest, context: Mapping[str, Any]
) -> None:
    """Raise Unauthorized (401) when an identity source is missing or empty: nothing is invoked then."""
    for source in authorizer.identity_sources:
        if not _identity(source, api, request, context):
            raise Unauthorized(401, "Unauthorized")


async def authorize(
    authorizer: Authorizer,
    api: WebSocketApi,
    event: Mapping[str, Any],
    *,
    functions: FunctionCaller,
    limits: GatewayLimits,
) -> Grant:
    """Raise Unauthorized unless the policy allows `$connect`."""
    started = time.perf_counter()
    try:
        payload = await functions.call(authorizer.function, event, timeout_ms=authorizer.timeout_ms)
    except IntegrationFailed as exc:
        if exc.failure is Failure.FUNCTION_ERROR and _error_message(exc.payload) == "Unauthorized":
            raise Unauthorized(401, "Unauthorized") from exc
        raise _misconfigured(f"{authorizer.function} failed: {exc} {exc.payload:.200}") from exc
    if len(payload.encode()) > limits.authorizer_result_bytes:
        raise _misconfigured(f"the result exceeds {limits.authorizer_result_bytes} bytes")
    latency_ms = int((time.perf_counter() - started) * 1000)
    return Grant(_read_result(payload, api), latency_ms)


def _read_result(payload: str, api: WebSocketApi) -> dict[str, Any]:
    try:
        result = json.loads(payload)
    except (ValueError, RecursionError) as exc:
        raise _misconfigured("the result is not JSON") from exc
    if not isinstance(result, dict) or not isinstance(result.get("principalId"), str):
        raise _misconfigured("the result has no principalId")
    try:
        decision = evaluate(result.get("policyDocument"), action=INVOKE, resource=api.connect_arn)
    except MalformedPolicy as exc:
        raise _misconfigured(str(exc)) from exc
    if decision is Decision.EXPLICITLY_DENIED:
        raise Unauthorized(403, "User is not authorized to access this resource with an explicit deny")
    if decision is Decision.DENIED:
        raise Unauthorized(403, "User is not authorized to access this resource")
    context = result.get("context") or {}
    if not isinstance(context, dict) or any(isinstance(value, dict | list) for value in context.values()):
        raise _misconfigured("context values must be strings, numbers or booleans")
    flat = {name: _stringified(value) for name, value in context.items() if value is not None}
    return {"principalId": result["principalId"], **flat}


def _stringified(value: str | float) -> str:
    """AWS hands context values on as strings: `true`, `1`."""
    return value if isinstance(value, str) else json.dumps(value)


def _identity(
    source: str, api: WebSocketApi, request: HandshakeRequest, context: Mapping[str, Any]
) -> str | None:
    kind, _, name = source.removeprefix("$").rpartition(".")
    match kind:
        case "route.request.header":
            headers = (value for key, value in request.headers if key.lower() == name.lower())
            return next(headers, None)
        case "route.request.querystring":
            return next((value for key, value in request.query if key == name), None)
        case "stageVariables":
            return api.stage_variables.get(name)
    found: Any = context
    for step in source.removeprefix("$").split(".")[1:]:
        found = found.get(step) if isinstance(found, dict) else None
    return found if isinstance(found, str) else None


def _error_message(payload: str) -> str | None:
    try:
        error = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return error.get("errorMessage") if isinstance(error, dict) else None
