"""MOCK integrations: answers without a function, from static templates."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from .errors import GatewayConfigurationError
from .integration import Answer
from .model import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .model import Integration, IntegrationResponse

_VTL = re.compile(r"#[a-z@{*#]+|\$!?\{?[A-Za-z]\w*")
_OK = 200


def mock_answer(integration: Integration, *, route_key: str) -> Answer:
    """Raise GatewayConfigurationError when a template would have to be evaluated."""
    request = _pick(
        integration.request_templates,
        integration.template_selection_expression,
        where=f"route {route_key!r}: RequestTemplates",
    )
    status = _status(request, route_key=route_key)
    response = _response(integration.responses, status)
    if response is None:
        return Answer(status)
    body = _pick(
        response.templates,
        response.template_selection_expression,
        where=f"route {route_key!r}: ResponseTemplates",
    )
    return Answer(status, body)


def _pick(templates: Mapping[str, str], expression: str, *, where: str) -> str | None:
    # "\$default" is how a template writes the literal $default.
    key = expression.replace("\\$", "$") or DEFAULT
    if key != DEFAULT and "$" in key:
        raise GatewayConfigurationError(
            f"{where}: template selection expression {expression!r} is not a constant"
        )
    template = templates.get(key)
    if template is None and len(templates) == 1:
        (template,) = templates.values()
    if template is not None and (vtl := _VTL.search(template)):
        raise GatewayConfigurationError(
            f"{where}: a MOCK template uses VTL ({vtl[0]!r}); only static templates are emulated"
        )
    return template


def _status(template: str | None, *, route_key: str) -> int:
    if template is None:
        return _OK
    try:
        return int(json.loads(template)["statusCode"])
    except (ValueError, KeyError, TypeError) as exc:
        raise GatewayConfigurationError(
            f"route {route_key!r}: the MOCK request template must be a JSON object with a statusCode"
        ) from exc


def _response(responses: Mapping[str, IntegrationResponse], status: int) -> IntegrationResponse | None:
    """Keys are `$default` or a regular expression between slashes, such as `/4.*/`."""
    for key, response in responses.items():
        if key.startswith("/") and re.fullmatch(key.strip("/"), str(status)):
            return response
    return responses.get(DEFAULT)
