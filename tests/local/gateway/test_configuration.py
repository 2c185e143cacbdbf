"""What the gateway cannot emulate is refused at the start, in one line that names it."""

from __future__ import annotations

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
from local.gateway.mock import mock_answer
from tests.local.gateway.apis import api, mock, route
from tests.local.gateway.functions import Functions


def _mock(**settings: Any) -> Integration:
    return Integration(kind=IntegrationKind.MOCK, **settings)


def _slow(timeout_ms: int) -> Route:
    return Route(integration=Integration(kind=IntegrationKind.AWS_PROXY, function="f", timeout_ms=timeout_ms))


@pytest.mark.parametrize(
    ("refused", "named"),
    [
        pytest.param(api({"ping": mock(text="#set($x = 1)$x")}), "route 'ping'.*VTL", id="vtl-directive"),
        pytest.param(api({"ping": mock(text='{"id": "$context.connectionId"}')}), "VTL", id="vtl-variable"),
        pytest.param(api({"a": _slow(30_000)}), "route 'a': timeout 30000", id="timeout-too-long"),
        pytest.param(api({"a": _slow(49)}), "route 'a': timeout 49", id="timeout-too-short"),
        pytest.param(api({"a": route("f", authorizer="x")}), "only .connect", id="authorizer-elsewhere"),
        pytest.param(api({"$connect": route("f", authorizer="x")}), "no authorizer 'x'", id="no-authorizer"),
        pytest.param(api({}, route_selection_expression="$context.x"), "RouteSelection", id="selection"),
    ],
)
def test_refusals_name_the_reason(refused: WebSocketApi, named: str) -> None:
    with pytest.raises(GatewayConfigurationError, match=named):
        Gateway(refused, Functions())


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
def test_mock_answers(integration: Integration, status: int, body: str | None) -> None:
    answer = mock_answer(integration, route_key="ping")
    assert (answer.status, answer.body) == (status, body)


@pytest.mark.parametrize(
    "integration",
    [
        pytest.param(_mock(request_templates={"$default": "not json"}), id="not-json"),
        pytest.param(_mock(request_templates={"$default": "{}"}), id="no-status"),
        pytest.param(_mock(template_selection_expression="$request.body.x"), id="selected-by-body"),
    ],
)
def test_mock_templates_that_say_nothing_are_refused(integration: Integration) -> None:
    with pytest.raises(GatewayConfigurationError, match="route 'ping'"):
        mock_answer(integration, route_key="ping")
