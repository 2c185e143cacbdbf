"""What integrations select and map by: `${request.body.kind}`, `integration.response.header.x`, `'text'`.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-mapping.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from local.gateway.vtl import to_text

from .json_path import find

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .backends import BackendResponse

_VARIABLE = re.compile(r"\\\$|\$\{([^}]*)\}|\$([A-Za-z][\w.\[\]-]*)")
_MULTI_VALUE = "multivalue"


def selected_key(expression: str, event: Mapping[str, Any], response: BackendResponse | None) -> str:
    """A selection expression's result. The constant `$default` is written with its dollar sign escaped."""

    def one(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name is None:
            return "$"
        if name == "default":
            return "$default"
        return mapped(name, event, response) or ""

    return _VARIABLE.sub(one, expression)


def mapped(source: str, event: Mapping[str, Any], response: BackendResponse | None = None) -> str | None:
    """The value of one mapping expression; None when there is none."""
    if source.startswith("'") and source.endswith("'"):
        return source[1:-1]
    source = source.removeprefix("route.").removeprefix("method.")
    origin, _, rest = source.partition(".")
    if origin == "context":
        return _inside(event["requestContext"], rest)
    if origin == "stageVariables":
        return (event.get("stageVariables") or {}).get(rest)
    part, _, name = rest.partition(".")
    if origin == "request":
        return _of_request(part.lower(), name, event)
    if origin == "integration" and part == "response" and response is not None:
        return _of_response(name, response)
    return None


def _of_request(part: str, name: str, event: Mapping[str, Any]) -> str | None:
    many = part.startswith(_MULTI_VALUE)
    match part.removeprefix(_MULTI_VALUE):
        case "querystring":
            given = event.get("multiValueQueryStringParameters" if many else "queryStringParameters")
        case "header":
            given = event.get("multiValueHeaders" if many else "headers")
        case "body":
            return _inside_json(event.get("body") or "", name)
        case _:
            return None
    found = next((value for key, value in (given or {}).items() if key.lower() == name.lower()), None)
    return ",".join(found) if isinstance(found, list) else found


def _of_response(name: str, response: BackendResponse) -> str | None:
    part, _, rest = name.partition(".")
    match part.lower().removeprefix(_MULTI_VALUE):
        case "statuscode":
            return str(response.status)
        case "header":
            return response.header(rest)
        case "body":
            return _inside_json(response.text(), rest)
        case _:
            return None


def _inside_json(text: str, path: str) -> str | None:
    if not path:
        return text
    try:
        found = find(json.loads(text), f"$.{path}")
    except (ValueError, RecursionError):
        return None
    return _text(found)


def _inside(value: Any, path: str) -> str | None:
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return _text(value)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        return json.dumps(value, separators=(",", ":"))
    return to_text(value)
