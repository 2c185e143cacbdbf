"""Route selection expressions: `$request.body.action`, `${request.body.kind}/${request.body.verb}`.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html
"""

from __future__ import annotations

import json
import re
from typing import Any

from .errors import GatewayConfigurationError

_BODY = r"request\.body((?:\.[A-Za-z0-9_-]+|\[\d+\])*)"
_ALONE = re.compile(rf"\$(?:{{{_BODY}}}|{_BODY})")
_BRACED = re.compile(rf"\${{{_BODY}}}")
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]")
_MISSING = object()


class RouteSelector:
    """Turns a message into the route key it asks for."""

    def __init__(self, expression: str) -> None:
        """Raise GatewayConfigurationError when the expression is not one of body variables."""
        alone = _ALONE.fullmatch(expression)
        self._alone = None if alone is None else _steps(alone[1] or alone[2] or "")
        # Literals and paths alternate, because re.split keeps what its group matched.
        pieces = _BRACED.split(expression)
        self._literals = pieces[0::2]
        self._paths = [_steps(path) for path in pieces[1::2]]
        if alone is None and any("$" in literal for literal in self._literals):
            raise GatewayConfigurationError(
                f"RouteSelectionExpression {expression!r}: only $request.body variables select routes"
            )

    def select(self, text: str) -> str | None:
        """None when the expression cannot be evaluated: the message goes to $default."""
        try:
            return self._evaluate(json.loads(text))
        except (ValueError, RecursionError):  # not JSON, or nested deeper than Python's parser goes
            return None

    def _evaluate(self, body: Any) -> str | None:
        if self._alone is not None:
            value = _resolve(body, self._alone)
            return None if value is _MISSING or value is None else _text(value)
        # Among several variables a missing one counts as an empty string.
        parts = [self._literals[0]]
        for path, literal in zip(self._paths, self._literals[1:], strict=True):
            value = _resolve(body, path)
            parts += ("" if value is _MISSING else _text(value), literal)
        return "".join(parts)


def _steps(path: str) -> tuple[str | int, ...]:
    return tuple(name or int(index) for name, index in _STEP.findall(path))


def _resolve(value: Any, steps: tuple[str | int, ...]) -> Any:
    for step in steps:
        if isinstance(step, str):
            value = value.get(step, _MISSING) if isinstance(value, dict) else _MISSING
        else:
            value = value[step] if isinstance(value, list) and step < len(value) else _MISSING
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
