"""Non-proxy integrations: a template makes the request, and another one makes the answer of the response.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-transformations.html
"""

from __future__ import annotations

import asyncio
import logging
import re
from base64 import b64decode
from binascii import Error as Base64Error
from typing import TYPE_CHECKING, Any

from local.gateway.integration import Answer, Failure, IntegrationFailed
from local.gateway.model import DEFAULT, IntegrationKind

from .backends import BackendRequest
from .expressions import selected_key
from .mapping import TemplateFailed, render
from .parameters import request_parameters, response_headers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.gateway.model import Integration, IntegrationResponse

    from .backends import Backend, BackendResponse

_log = logging.getLogger(__name__)
_FIRST_ERROR = 400
_TO_BINARY = "CONVERT_TO_BINARY"


class CustomIntegration:
    """`must_respond`: somebody waits for the response, so one of the integration responses must fit."""

    def __init__(
        self, backend: Backend, integration: Integration, *, route_key: str, must_respond: bool
    ) -> None:
        self._backend = backend
        self._integration = integration
        self._route_key = route_key
        self._must_respond = must_respond

    async def answer(self, event: Mapping[str, Any]) -> Answer:
        try:
            return await self._answer(event)
        except TemplateFailed as exc:
            _log.warning("route %s: a mapping template failed: %s", self._route_key, exc)
            raise IntegrationFailed(Failure.REFUSED) from exc
        except IntegrationFailed as exc:
            if exc.payload:
                _log.warning("route %s: %.500s", self._route_key, exc.payload)
            raise

    async def _answer(self, event: Mapping[str, Any]) -> Answer:
        request = self._request(event)
        try:
            async with asyncio.timeout(self._integration.timeout_ms / 1000):
                response = await self._backend.send(request)
        except TimeoutError as exc:
            raise IntegrationFailed(Failure.TIMED_OUT) from exc
        if not self._must_respond:
            if response.status >= _FIRST_ERROR and self._integration.kind is not IntegrationKind.MOCK:
                _log.warning(
                    "route %s: answered %d: %.500s", self._route_key, response.status, response.text()
                )
            return Answer(response.status)
        chosen = self._chosen(response)
        body = response.text()
        template = pick(chosen.templates, chosen.template_selection_expression, event, response)
        if template is not None:
            body = render(template, event, body)
        headers = response_headers(chosen.parameters, event, response)
        return Answer(response.status, body, headers, mapped=True)

    def _request(self, event: Mapping[str, Any]) -> BackendRequest:
        integration = self._integration
        body = event.get("body") or ""
        template = pick(integration.request_templates, integration.template_selection_expression, event, None)
        if template is not None:
            payload = render(template, event, body).encode()
        elif integration.kind is IntegrationKind.MOCK:
            payload = b""
        elif integration.passthrough == "NEVER" or (
            integration.passthrough == "WHEN_NO_TEMPLATES" and integration.request_templates
        ):
            raise IntegrationFailed(Failure.UNSUPPORTED)
        else:
            payload = _converted(body, integration.content_handling)
        headers, query = request_parameters(integration.request_parameters, event)
        return BackendRequest(
            integration.method, {"Content-Type": "application/json", **headers}, query, payload
        )

    def _chosen(self, response: BackendResponse) -> IntegrationResponse:
        """Keys are `$default` or a regular expression between slashes, such as `/4.*/`."""
        responses = self._integration.responses
        subject = str(response.status) if response.error_message is None else response.error_message
        for key, chosen in responses.items():
            if key != DEFAULT and re.fullmatch(key.strip("/"), subject):
                return chosen
        if DEFAULT in responses:
            return responses[DEFAULT]
        _log.warning("route %s: no integration response fits %r", self._route_key, subject)
        raise IntegrationFailed(Failure.REFUSED)


def pick(
    templates: Mapping[str, str],
    expression: str,
    event: Mapping[str, Any],
    response: BackendResponse | None,
) -> str | None:
    """The template that the expression selects, else `$default`'s. Without an expression the only one."""
    if not expression and len(templates) == 1:
        return next(iter(templates.values()))
    key = selected_key(expression, event, response) if expression else "application/json"
    return templates.get(key, templates.get(DEFAULT))


def _converted(body: str, content_handling: str) -> bytes:
    if content_handling != _TO_BINARY:
        return body.encode()
    try:
        return b64decode(body, validate=True)
    except (Base64Error, ValueError) as exc:
        raise IntegrationFailed(Failure.REFUSED, "CONVERT_TO_BINARY: the message is not base64") from exc
