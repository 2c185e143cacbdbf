"""Builds the gateway's WebSocketApi from a template's AWS::ApiGatewayV2 resources."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from local.cloud.errors import TemplateError
from local.cloud.stack import Resolved, Stack
from local.gateway import (
    Authorizer,
    Integration,
    IntegrationKind,
    IntegrationResponse,
    Route,
    Throttle,
    WebSocketApi,
)
from local.lambda_runtime.function import Function

# `…:lambda:path/2015-03-31/functions/{arn}/invocations`, or the function's ARN alone.
_FUNCTION_IN_URI = re.compile(
    r"/functions/(?P<path>.+)/invocations$|(?P<arn>arn:[a-z-]+:lambda:.+:function:.+)"
)
_PREFIX = "AWS::ApiGatewayV2::"


def websocket_api(stack: Stack, *, stage_name: str | None = None) -> WebSocketApi:
    """The one WebSocket API of the template. Raises TemplateError."""
    apis = [api for api in stack.of_type(f"{_PREFIX}Api") if api.get("ProtocolType") == "WEBSOCKET"]
    if len(apis) != 1:
        names = ", ".join(api.where for api in apis) or "none"
        raise TemplateError(f"the local run serves one WebSocket API; the template has {len(apis)}: {names}")
    api_id = apis[0].identity.ref
    stage = _stage(stack, api_id, stage_name)
    route_settings = (stage.get("RouteSettings") or {}) if stage else {}
    default_settings = (stage.get("DefaultRouteSettings") or {}) if stage else {}
    return WebSocketApi(
        api_id=api_id,
        stage_name=stage.identity.ref if stage else stage_name or "local",
        region=stack.account.region,
        account_id=stack.account.account_id,
        routes=_routes(stack, api_id, route_settings),
        route_selection_expression=apis[0].get("RouteSelectionExpression", "$request.body.action"),
        authorizers=_authorizers(stack, api_id),
        stage_variables=(stage.get("StageVariables") or {}) if stage else {},
        throttle=_throttle(default_settings),
    )


def check_functions(api: WebSocketApi, functions: Iterable[Function]) -> None:
    """Raises TemplateError when a route or an authorizer invokes what the template does not hold."""
    names = {function.name for function in functions}
    invoked = {f"route {key}": route.integration.function for key, route in api.routes.items()}
    invoked |= {f"authorizer {key}": authorizer.function for key, authorizer in api.authorizers.items()}
    for where, reference in invoked.items():
        name = (reference.partition(":function:")[2] or reference).partition(":")[0]
        if name and name not in names:
            raise TemplateError(f"{where}: IntegrationUri: {reference} is no function of the template")


def api_mappings(stack: Stack, api: WebSocketApi) -> tuple[str, ...]:
    """The paths under which the template's custom domains serve this stage."""
    return tuple(
        found.get("ApiMappingKey", "").strip("/")
        for found in stack.of_type(f"{_PREFIX}ApiMapping")
        if (found.get("ApiId"), found.get("Stage")) == (api.api_id, api.stage_name)
    )


def _stage(stack: Stack, api_id: str, name: str | None) -> Resolved | None:
    stages = [stage for stage in stack.of_type(f"{_PREFIX}Stage") if stage.get("ApiId") == api_id]
    if name is not None:
        stages = [stage for stage in stages if stage.identity.ref == name]
    if len(stages) > 1:
        names = ", ".join(stage.identity.ref for stage in stages)
        raise TemplateError(f"the API has several stages: {names}; choose one: --stage NAME")
    return stages[0] if stages else None


def _routes(stack: Stack, api_id: str, settings: Mapping[str, Any]) -> dict[str, Route]:
    integrations = _integrations(stack, api_id)
    answered = {found.require("RouteId") for found in stack.of_type(f"{_PREFIX}RouteResponse")}
    routes = {}
    for found in stack.of_type(f"{_PREFIX}Route"):
        if found.get("ApiId") != api_id:
            continue
        key = found.require("RouteKey")
        integration_id = str(found.require("Target")).removeprefix("integrations/")
        if integration_id not in integrations:
            raise TemplateError(f"{found.where}: its Target is no integration of this API")
        authorization = found.get("AuthorizationType", "NONE")
        if authorization not in {"NONE", "CUSTOM", "AWS_IAM"}:
            raise TemplateError(f"{found.where}: the local run has no AuthorizationType {authorization}")
        routes[key] = Route(
            integration=integrations[integration_id],
            # AWS's own samples answer without the route's RouteResponseSelectionExpression.
            route_response=found.identity.ref in answered,
            authorizer=found.get("AuthorizerId") if authorization == "CUSTOM" else None,
            iam=authorization == "AWS_IAM",
            throttle=_throttle(settings.get(key) or {}),
        )
    return routes


def _integrations(stack: Stack, api_id: str) -> dict[str, Integration]:
    responses: dict[str, dict[str, IntegrationResponse]] = {}
    for found in stack.of_type(f"{_PREFIX}IntegrationResponse"):
        responses.setdefault(found.require("IntegrationId"), {})[found.require("IntegrationResponseKey")] = (
            IntegrationResponse(
                templates=found.get("ResponseTemplates") or {},
                template_selection_expression=found.get("TemplateSelectionExpression", ""),
                parameters=found.get("ResponseParameters") or {},
            )
        )
    integrations = {}
    for found in stack.of_type(f"{_PREFIX}Integration"):
        if found.get("ApiId") != api_id:
            continue
        kind = found.require("IntegrationType")
        if kind not in set(IntegrationKind):
            raise TemplateError(f"{found.where}: the local run has no IntegrationType {kind}")
        integrations[found.identity.ref] = Integration(
            kind=IntegrationKind(kind),
            function=_integrated_function(found, kind),
            uri=found.get("IntegrationUri", ""),
            method=_method(found),
            timeout_ms=int(found.number("TimeoutInMillis", 29_000)),
            request_templates=found.get("RequestTemplates") or {},
            template_selection_expression=found.get("TemplateSelectionExpression", ""),
            request_parameters=found.get("RequestParameters") or {},
            passthrough=found.get("PassthroughBehavior", "WHEN_NO_MATCH"),
            content_handling=found.get("ContentHandlingStrategy", ""),
            responses=responses.get(found.identity.ref, {}),
        )
    return integrations


def _authorizers(stack: Stack, api_id: str) -> dict[str, Authorizer]:
    authorizers = {}
    for found in stack.of_type(f"{_PREFIX}Authorizer"):
        if found.get("ApiId") != api_id:
            continue
        sources = found.get("IdentitySource") or []
        authorizers[found.identity.ref] = Authorizer(
            function=_function_in(found, "AuthorizerUri"),
            identity_sources=tuple(sources.split(",") if isinstance(sources, str) else sources),
        )
    return authorizers


def _integrated_function(found: Resolved, kind: str) -> str:
    """AWS integrations are with functions or with other services, as their IntegrationUri says."""
    if kind == "AWS_PROXY":
        return _function_in(found, "IntegrationUri")
    match = _FUNCTION_IN_URI.search(found.require("IntegrationUri")) if kind == "AWS" else None
    return match["path"] or match["arn"] if match else ""


def _function_in(found: Resolved, name: str) -> str:
    match = _FUNCTION_IN_URI.search(found.require(name))
    if match is None:
        raise TemplateError(f"{found.where}: {name} names no function: {found.require(name)}")
    return match["path"] or match["arn"]


def _method(found: Resolved) -> str:
    """ANY is what the client used, and a WebSocket's client posts its messages."""
    method = str(found.get("IntegrationMethod") or "POST")
    return "POST" if method == "ANY" else method


def _throttle(settings: Mapping[str, Any]) -> Throttle | None:
    if "ThrottlingRateLimit" not in settings:
        return None
    rate = float(settings["ThrottlingRateLimit"])
    return Throttle(rate_per_second=rate, burst=int(settings.get("ThrottlingBurstLimit", rate)))
