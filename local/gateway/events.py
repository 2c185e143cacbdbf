"""The events functions receive: CONNECT, MESSAGE, DISCONNECT and the authorizer's REQUEST. Pure builders.

The shapes are those of captured events: a key that AWS leaves out is left out here, never null.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .model import CONNECT, DISCONNECT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .closing import Closure
    from .connection import Connection
    from .model import WebSocketApi

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Seen by the authorizer, missing from the $connect event of the same handshake.
_STRIPPED_FROM_CONNECT = frozenset({"connection", "upgrade", "content-length"})


@dataclass(frozen=True, slots=True)
class HandshakeRequest:
    """The client's GET, with the headers API Gateway adds. Names keep the case the client sent."""

    headers: Sequence[tuple[str, str]]
    query: Sequence[tuple[str, str]]


@lru_cache(maxsize=8)
def request_time(epoch_seconds: int) -> str:
    """Common Log Format, `19/Feb/2024:07:11:42 +0000`, whatever the locale."""
    at = time.gmtime(epoch_seconds)
    clock = f"{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02}"
    return f"{at.tm_mday:02}/{_MONTHS[at.tm_mon - 1]}/{at.tm_year}:{clock} +0000"


def connect_event(
    api: WebSocketApi, connection: Connection, request: HandshakeRequest, *, request_id: str, now: float
) -> dict[str, Any]:
    kept = [pair for pair in request.headers if pair[0].lower() not in _STRIPPED_FROM_CONNECT]
    event: dict[str, Any] = {"headers": dict(kept), "multiValueHeaders": _grouped(kept)}
    if request.query:
        event["queryStringParameters"] = dict(request.query)
        event["multiValueQueryStringParameters"] = _grouped(request.query)
    context = _context(api, connection, CONNECT, "CONNECT", request_id=request_id, now=now)
    return _event(api, event, context, connection.authorizer)


def authorizer_event(
    api: WebSocketApi, connection: Connection, request: HandshakeRequest, *, request_id: str, now: float
) -> dict[str, Any]:
    return {
        "type": "REQUEST",
        "methodArn": api.connect_arn,
        "headers": dict(request.headers),
        "multiValueHeaders": _grouped(request.headers),
        "queryStringParameters": dict(request.query),
        "multiValueQueryStringParameters": _grouped(request.query),
        "stageVariables": dict(api.stage_variables),
        "requestContext": _context(api, connection, CONNECT, "CONNECT", request_id=request_id, now=now),
    }


def message_event(
    api: WebSocketApi,
    connection: Connection,
    *,
    route_key: str,
    body: str,
    message_id: str,
    request_id: str,
    now: float,
) -> dict[str, Any]:
    context = _context(api, connection, route_key, "MESSAGE", request_id=request_id, now=now)
    context["messageId"] = message_id
    event = _event(api, {}, context, connection.authorizer)
    event["body"] = body
    return event


def disconnect_event(
    api: WebSocketApi, connection: Connection, closure: Closure, *, request_id: str, now: float
) -> dict[str, Any]:
    context = _context(api, connection, DISCONNECT, "DISCONNECT", request_id=request_id, now=now)
    context["disconnectStatusCode"] = closure.code
    context["disconnectReason"] = closure.reason
    headers = {"Host": connection.domain_name, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    event = {"headers": headers, "multiValueHeaders": {name: [value] for name, value in headers.items()}}
    return _event(api, event, context, connection.authorizer)


def milliseconds(seconds: float) -> int:
    return int(seconds * 1000)


def _context(
    api: WebSocketApi, connection: Connection, route_key: str, event_type: str, *, request_id: str, now: float
) -> dict[str, Any]:
    return {
        "routeKey": route_key,
        "eventType": event_type,
        "extendedRequestId": request_id,
        "requestTime": request_time(int(now)),
        "messageDirection": "IN",
        "stage": api.stage_name,
        "connectedAt": milliseconds(connection.connected_at),
        "requestTimeEpoch": milliseconds(now),
        "identity": dict(connection.identity),
        "requestId": request_id,
        "domainName": connection.domain_name,
        "connectionId": connection.id,
        "apiId": api.api_id,
    }


def _event(
    api: WebSocketApi, event: dict[str, Any], context: dict[str, Any], authorizer: Mapping[str, Any] | None
) -> dict[str, Any]:
    if authorizer is not None:
        context["authorizer"] = dict(authorizer)
    if api.stage_variables:
        event["stageVariables"] = dict(api.stage_variables)
    event["requestContext"] = context
    event["isBase64Encoded"] = False
    return event


def _grouped(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped
