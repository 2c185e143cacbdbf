"""RequestParameters and ResponseParameters: single values, from anywhere, into headers and the query.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-mapping.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .expressions import mapped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .backends import BackendResponse

_HEADER, _QUERY = "integration.request.header.", "integration.request.querystring."


def request_parameters(
    parameters: Mapping[str, str], event: Mapping[str, Any]
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Headers and query. A value that is not there is left out."""
    headers: dict[str, str] = {}
    query: list[tuple[str, str]] = []
    for target, source in parameters.items():
        value = mapped(source, event)
        if value is None:
            continue
        if target.startswith(_HEADER):
            headers[target.removeprefix(_HEADER)] = value
        elif target.startswith(_QUERY):
            query.append((target.removeprefix(_QUERY), value))
    return headers, query


def response_headers(
    parameters: Mapping[str, str], event: Mapping[str, Any], response: BackendResponse
) -> dict[str, str]:
    """Of `route.response.header.X`. The client of a handshake sees Sec-WebSocket-Protocol alone."""
    headers = {}
    for target, source in parameters.items():
        _, is_header, name = target.partition("response.header.")
        value = mapped(source, event, response)
        if is_header and value is not None:
            headers[name] = value
    return headers
