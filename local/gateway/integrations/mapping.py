"""What a mapping template can name: `$input`, `$context`, `$stageVariables` and `$util`.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, unquote_plus

from local.gateway.vtl import Functions, Template, TemplateFailed, from_json, to_text

from .json_path import find

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHORT_ESCAPES = {
    "'": "\\'",
    '"': '\\"',
    "\\": "\\\\",
    "/": "\\/",
    "\b": "\\b",
    "\n": "\\n",
    "\t": "\\t",
    "\f": "\\f",
    "\r": "\\r",
}
_FIRST_PLAIN, _LAST_PLAIN = " ", "~"


def escape_javascript(value: Any) -> str:
    """As Java's StringEscapeUtils, which API Gateway uses: also `/` and everything beyond ASCII."""
    escaped = []
    for character in to_text(value):
        if short := _SHORT_ESCAPES.get(character):
            escaped.append(short)
        elif _FIRST_PLAIN <= character <= _LAST_PLAIN:
            escaped.append(character)
        else:
            units = character.encode("utf-16-be", "surrogatepass").hex().upper()
            escaped += [f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4)]
    return "".join(escaped)


def _url_encode(value: Any) -> str:
    """Java's form encoding leaves `*` and encodes `~`, where Python does the reverse."""
    return quote_plus(to_text(value), safe="*").replace("~", "%7E")


def _parse_json(text: Any) -> Any:
    return from_json(json.loads(to_text(text)))


_UTIL = Functions(
    {
        "base64Decode": lambda text: b64decode(to_text(text)).decode(),
        "base64Encode": lambda text: b64encode(to_text(text).encode()).decode(),
        "escapeJavaScript": escape_javascript,
        "parseJson": _parse_json,
        "urlDecode": lambda text: unquote_plus(to_text(text)),
        "urlEncode": _url_encode,
    }
)


def parameters(event: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What `$input.params()` gives. Only a handshake has headers and a query."""
    return {
        "path": {},
        "querystring": dict(event.get("queryStringParameters") or {}),
        "header": dict(event.get("headers") or {}),
    }


def _input(event: Mapping[str, Any], body: str) -> Functions:
    given = parameters(event)

    def path(expression: str) -> Any:
        return from_json(find(json.loads(body or "{}"), expression))

    def as_json(expression: str) -> str:
        found = path(expression)
        return json.dumps("" if found is None else found, separators=(",", ":"), ensure_ascii=False)

    def params(name: str | None = None) -> Any:
        if name is None:
            return given
        return next((kind[name] for kind in given.values() if name in kind), "")

    return Functions({"json": as_json, "path": path, "params": params}, {"body": body or "{}"})


@lru_cache(maxsize=512)
def _template(text: str) -> Template:
    return Template(text)


def check(text: str) -> None:
    """Raise TemplateSyntaxError."""
    _template(text)


def render(text: str, event: Mapping[str, Any], body: str) -> str:
    """`event` is the one a function would get, `body` what `$input` looks at. Raises TemplateFailed."""
    names = {
        "input": _input(event, body),
        "context": from_json(event["requestContext"]),
        "stageVariables": dict(event.get("stageVariables") or {}),
        "util": _UTIL,
    }
    return _template(text).render(names)


__all__ = ["TemplateFailed", "check", "escape_javascript", "parameters", "render"]
