"""The APIs the checks run against. serverless-offline gets the same ones from benchmarks/gateway/parity."""

from __future__ import annotations

from local.gateway import Authorizer, Integration, IntegrationKind, IntegrationResponse, Route, WebSocketApi

TIMEOUT_MS = 600


def route(function: str, *, route_response: bool = False, authorizer: str | None = None) -> Route:
    integration = Integration(kind=IntegrationKind.AWS_PROXY, function=function, timeout_ms=TIMEOUT_MS)
    return Route(integration=integration, route_response=route_response, authorizer=authorizer)


def mock(*, text: str | None = None, status: int = 200, route_response: bool = True) -> Route:
    response = IntegrationResponse(templates={} if text is None else {"200": text})
    integration = Integration(
        kind=IntegrationKind.MOCK,
        request_templates={"200": f'{{"statusCode": {status}}}'},
        template_selection_expression="200",
        responses={"$default": response},
    )
    return Route(integration=integration, route_response=route_response)


def api(routes: dict[str, Route], **more: object) -> WebSocketApi:
    settings: dict[str, object] = {
        "api_id": "nn27okk1we",
        "stage_name": "dev",
        "region": "eu-west-1",
        "account_id": "123456789012",
        **more,
    }
    return WebSocketApi(routes=routes, **settings)  # type: ignore[arg-type]  # a table of keyword arguments


_MESSAGES = {
    "$default": route("default"),
    "echo": route("echo", route_response=True),
    "silent": route("silent"),
}
_LIFE = {"$connect": route("connect"), "$disconnect": route("disconnect")}

PLAIN = api({**_LIFE, **_MESSAGES})
WITHOUT_CONNECT = api(_MESSAGES)
WITHOUT_DEFAULT = api({**_LIFE, "echo": route("echo", route_response=True)})
TWO_WAY_DEFAULT = api({**_LIFE, "$default": route("default", route_response=True)})
MOCKED = api({**_LIFE, **_MESSAGES, "ping": mock(text='{"type": "pong"}')})
AUTHORIZED = api(
    {**_MESSAGES, "$connect": route("connect", authorizer="auth"), "$disconnect": route("disconnect")},
    authorizers={
        "auth": Authorizer(
            function="authorizer",
            identity_sources=("route.request.querystring.token",),
            timeout_ms=TIMEOUT_MS,
        )
    },
)
