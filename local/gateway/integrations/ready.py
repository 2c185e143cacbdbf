"""Makes each route's integration ready, and refuses at the start what could never answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from local.gateway.errors import GatewayConfigurationError
from local.gateway.integration import IntegrationFailed
from local.gateway.model import CONNECT, DEFAULT, DISCONNECT, IntegrationKind
from local.gateway.vtl import TemplateSyntaxError

from .backends import FunctionBackend, MockBackend, ServiceBackend, mock_status
from .custom import CustomIntegration
from .http_backend import HttpBackend
from .mapping import check
from .proxies import HttpProxy, LambdaProxy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.gateway.integration import Answer, FunctionCaller
    from local.gateway.model import Integration, Route, WebSocketApi

    from .backends import Backend, ServiceCaller
    from .http_backend import HttpClient

# arn:aws:apigateway:{region}:{service}:{action|path}/{…}; the service may have a subdomain before it.
_SERVICE_URI = re.compile(
    r"arn:[a-z-]+:apigateway:(?P<region>[a-z0-9-]+):(?:[^:]*\.)?(?P<service>[a-z0-9-]+):"
    r"(?P<kind>action|path)/(?P<target>.*)"
)
_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")


class Answering(Protocol):
    async def answer(self, event: Mapping[str, Any]) -> Answer:
        """What the integration says to the event that a function would get. Raises IntegrationFailed."""
        ...


@dataclass(frozen=True, slots=True)
class IntegrationBuilder:
    api: WebSocketApi
    functions: FunctionCaller
    services: ServiceCaller | None
    http: HttpClient

    def build(self, route: Route, *, key: str) -> Answering:
        """Raise GatewayConfigurationError."""
        integration = replace(route.integration, uri=self._with_stage_variables(route.integration.uri))
        if integration.kind is IntegrationKind.AWS_PROXY:
            return LambdaProxy(
                self.functions,
                integration.function,
                integration.timeout_ms,
                ignores_answer=key == DISCONNECT,
            )
        backend = self._backend(integration, key)
        if integration.kind is IntegrationKind.HTTP_PROXY:
            return HttpProxy(backend, integration)
        integration = replace(integration, request_templates=_by_key(integration.request_templates))
        _check_templates(integration, key)
        two_way = route.route_response or key == CONNECT
        # A MOCK integration may do without integration responses: then it accepts, and says nothing.
        optional = integration.kind is IntegrationKind.MOCK and not integration.responses
        must_respond = two_way and not optional
        return CustomIntegration(backend, integration, route_key=key, must_respond=must_respond)

    def _with_stage_variables(self, uri: str) -> str:
        return _STAGE_VARIABLE.sub(lambda match: self.api.stage_variables.get(match[1], ""), uri)

    def _backend(self, integration: Integration, key: str) -> Backend:
        match integration.kind:
            case IntegrationKind.MOCK:
                return MockBackend()
            case IntegrationKind.HTTP | IntegrationKind.HTTP_PROXY:
                self.http.check(integration.uri, route_key=key)
                return HttpBackend(self.http, integration.uri)
        if integration.function and self.services is not None and _is_asynchronous(integration):
            path = f"2015-03-31/functions/{integration.function}/invocations"
            return ServiceBackend(self.services, self.api.region, "lambda", action=None, path=path)
        if integration.function:
            return FunctionBackend(self.functions, integration.function, integration.timeout_ms)
        return self._service(integration, key)

    def _service(self, integration: Integration, key: str) -> Backend:
        found = _SERVICE_URI.fullmatch(integration.uri)
        if found is None:
            raise GatewayConfigurationError(
                f"route {key!r}: IntegrationUri {integration.uri!r} is no service"
            )
        if self.services is None:
            raise GatewayConfigurationError(f"route {key!r}: there is nobody here to call AWS services")
        by_action = found["kind"] == "action"
        return ServiceBackend(
            self.services,
            region=found["region"],
            service=found["service"],
            action=found["target"] if by_action else None,
            path=None if by_action else found["target"],
        )


def _is_asynchronous(integration: Integration) -> bool:
    """Lambda answers such an invocation at once, and tries it again when it fails.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integration-async.html
    """
    headers = integration.request_parameters
    return any(
        name.lower() == "integration.request.header.x-amz-invocation-type" and value == "'Event'"
        for name, value in headers.items()
    )


def _by_key(templates: Mapping[str, str]) -> dict[str, str]:
    """Keys, too, may be written with the dollar sign escaped."""
    return {key.replace("\\$", "$"): template for key, template in templates.items()}


def _check_templates(integration: Integration, key: str) -> None:
    try:
        for template in integration.request_templates.values():
            check(template)
        for response_key, response in integration.responses.items():
            for template in response.templates.values():
                check(template)
            if response_key != DEFAULT:
                re.compile(response_key.strip("/"))
    except (TemplateSyntaxError, re.error) as exc:
        raise GatewayConfigurationError(f"route {key!r}: {exc}") from exc
    if integration.kind is IntegrationKind.MOCK:
        for template in integration.request_templates.values():
            _check_mock(template, key)


def _check_mock(template: str, key: str) -> None:
    """What a template without variables will say is known now."""
    if "$" in template or "#" in template:
        return
    try:
        mock_status(template.encode())
    except IntegrationFailed as exc:
        raise GatewayConfigurationError(f"route {key!r}: {exc.payload}") from exc
