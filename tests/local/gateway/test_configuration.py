"""What the gateway cannot emulate is refused at the start, in one line that names it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from local.gateway import (
    Gateway,
    GatewayConfigurationError,
    Integration,
    IntegrationKind,
    IntegrationResponse,
    Route,
    WebSocketApi,
)
from local.gateway.integration import FunctionCaller
from local.gateway.integrations import HttpClient, IntegrationBuilder
from tests.local.gateway.apis import api, mock, route
from tests.local.gateway.functions import Functions


def _mock(**settings: Any) -> Integration:
    return Integration(kind=IntegrationKind.MOCK, **settings)


def _slow(timeout_ms: int) -> Route:
    return Route(integration=Integration(kind=IntegrationKind.AWS_PROXY, function="f", timeout_ms=timeout_ms))


HERE = "http://localhost/"
SERVICE = "arn:aws:apigateway:eu-west-1:sqs:path/123456789012/orders"


def _custom(kind: str, uri: str = SERVICE, **settings: Any) -> WebSocketApi:
    integration = Integration(kind=IntegrationKind(kind), uri=uri, **settings)
    return api({"a": Route(integration=integration, route_response=True)})


def _answering(key: str, template: str = "") -> dict[str, IntegrationResponse]:
    return {key: IntegrationResponse(templates={"$default": template})}


@pytest.mark.parametrize(
    ("refused", "named"),
    [
        pytest.param(api({"ping": mock(text="#if($x)")}), "route 'ping': line 1: #if has no #end", id="vtl"),
        pytest.param(_custom("MOCK", request_templates={"x": "no json"}), "statusCode", id="mock-not-json"),
        pytest.param(_custom("MOCK", request_templates={"x": "{}"}), "statusCode", id="mock-without-status"),
        pytest.param(
            _custom("HTTP", HERE, request_templates={"x": "#end"}), "#end without", id="request-template"
        ),
        pytest.param(
            _custom("HTTP", HERE, responses=_answering("/(/")), "route 'a': missing", id="response-key"
        ),
        pytest.param(
            _custom("HTTP", HERE, responses=_answering("/2../", "#end")), "#end", id="response-template"
        ),
        pytest.param(_custom("AWS"), "nobody here to call AWS services", id="no-service-caller"),
        pytest.param(_custom("AWS", "arn:aws:sqs:eu-west-1:1:q"), "IntegrationUri", id="no-service"),
        pytest.param(_custom("HTTP", "ftp://localhost/"), "no HTTP address", id="no-http"),
        pytest.param(
            _custom("HTTP", "https://example.com/"), "example.com .* --http-anywhere", id="far-away"
        ),
        pytest.param(_custom("HTTP_PROXY", "http://10.0.0.1/"), "10.0.0.1 is not this machine", id="network"),
        pytest.param(api({"a": _slow(30_000)}), "route 'a': timeout 30000", id="timeout-too-long"),
        pytest.param(api({"a": _slow(49)}), "route 'a': timeout 49", id="timeout-too-short"),
        pytest.param(api({"a": route("f", authorizer="x")}), "only .connect", id="authorizer-elsewhere"),
        pytest.param(api({"a": replace(route("f"), iam=True)}), "only .connect", id="iam-elsewhere"),
        pytest.param(api({"$connect": route("f", authorizer="x")}), "no authorizer 'x'", id="no-authorizer"),
        pytest.param(api({}, route_selection_expression="$context.x"), "RouteSelection", id="selection"),
    ],
)
def test_refusals_name_the_reason(refused: WebSocketApi, named: str) -> None:
    with pytest.raises(GatewayConfigurationError, match=named):
        Gateway(refused, Functions())


async def test_other_machines_may_be_called_when_that_is_asked_for() -> None:
    Gateway(_custom("HTTP", "https://example.com/"), Functions(), http_anywhere=True)


@pytest.mark.parametrize(
    ("integration", "status", "body"),
    [
        pytest.param(_mock(), 200, None, id="no-templates"),
        pytest.param(
            _mock(request_templates={"application/json": '{"statusCode": 202}'}),
            202,
            None,
            id="only-template",
        ),
        pytest.param(
            _mock(
                request_templates={"$default": '{"statusCode": 400}'},
                template_selection_expression="\\$default",
                responses={
                    "/2../": IntegrationResponse(templates={"$default": "fine"}),
                    "/4../": IntegrationResponse(templates={"$default": "bad"}),
                },
            ),
            400,
            "bad",
            id="response-by-status",
        ),
    ],
)
async def test_mock_answers(integration: Integration, status: int, body: str | None) -> None:
    plain = api({"ping": Route(integration=integration, route_response=True)})
    functions = FunctionCaller(Functions())
    builder = IntegrationBuilder(plain, functions, None, HttpClient(anywhere=False))
    answer = await builder.build(plain.routes["ping"], key="ping").answer({"requestContext": {}})
    assert (answer.status, answer.body) == (status, body)
