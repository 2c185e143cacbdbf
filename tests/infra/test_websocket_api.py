import json

import pytest

from tests.infra.template import Template, logical_id_of, references

ROUTES = {
    "$connect": "ConnectFunction",
    "$disconnect": "DisconnectFunction",
    "$default": "DefaultFunction",
    "pong": "DefaultFunction",
}


def test_the_action_of_a_message_selects_its_route(prod: Template) -> None:
    api = prod.properties("AWS::ApiGatewayV2::Api")

    assert api["ProtocolType"] == "WEBSOCKET"
    assert api["RouteSelectionExpression"] == "$request.body.action"


def test_there_are_exactly_these_routes(prod: Template) -> None:
    routes = prod.resources("AWS::ApiGatewayV2::Route").values()

    assert {route["Properties"]["RouteKey"] for route in routes} == set(ROUTES)


@pytest.mark.parametrize("route_key", ROUTES)
def test_a_route_leads_to_the_alias_of_its_function(prod: Template, route_key: str) -> None:
    (route,) = (
        route["Properties"]
        for route in prod.resources("AWS::ApiGatewayV2::Route").values()
        if route["Properties"]["RouteKey"] == route_key
    )
    integration = prod.resources("AWS::ApiGatewayV2::Integration")[logical_id_of(route["Target"])]

    assert integration["Properties"]["IntegrationType"] == "AWS_PROXY"
    assert logical_id_of(integration["Properties"]["IntegrationUri"]).startswith(f"{ROUTES[route_key]}Live")


@pytest.mark.parametrize("function", ROUTES.values())
def test_api_gateway_may_invoke_the_alias(prod: Template, function: str) -> None:
    permissions = [
        permission["Properties"]
        for permission in prod.resources("AWS::Lambda::Permission").values()
        if logical_id_of(permission["Properties"]["FunctionName"]).startswith(f"{function}Live")
    ]

    assert "apigateway.amazonaws.com" in {permission["Principal"] for permission in permissions}
    assert all("SourceArn" in permission for permission in permissions)


def test_the_reply_to_a_message_is_the_route_response(prod: Template) -> None:
    response = prod.properties("AWS::ApiGatewayV2::RouteResponse")
    route = prod.resources("AWS::ApiGatewayV2::Route")[logical_id_of(response["RouteId"])]["Properties"]

    assert response["RouteResponseKey"] == "$default"
    assert route["RouteKey"] == "$default"
    assert route["RouteResponseSelectionExpression"] == "$default"


@pytest.mark.parametrize(
    ("stage", "rate", "connects"), [("prod", 1_875, 167), ("dev", 750, 17), ("local", 5_000, 500)]
)
def test_the_stage_deploys_itself_and_throttles(
    request: pytest.FixtureRequest, stage: str, rate: int, connects: int
) -> None:
    template: Template = request.getfixturevalue(stage)
    made = template.properties("AWS::ApiGatewayV2::Stage")

    assert made["StageName"] == stage
    assert made["AutoDeploy"] is True
    assert made["DefaultRouteSettings"]["ThrottlingRateLimit"] == rate
    assert made["DefaultRouteSettings"]["ThrottlingBurstLimit"] == rate
    assert made["RouteSettings"]["$connect"] == {
        "ThrottlingRateLimit": connects,
        "ThrottlingBurstLimit": 5 * connects,
    }
    assert "DetailedMetricsEnabled" not in made["DefaultRouteSettings"]  # per route, paid, and read by nobody
    assert "DataTraceEnabled" not in made["DefaultRouteSettings"]  # it would log bodies and tokens


def test_accesses_are_logged_as_json_without_what_clients_sent(prod: Template) -> None:
    settings = prod.properties("AWS::ApiGatewayV2::Stage")["AccessLogSettings"]
    log_group = prod.resources("AWS::Logs::LogGroup")[logical_id_of(settings["DestinationArn"])]["Properties"]
    fields = json.loads(settings["Format"])

    assert log_group["RetentionInDays"] == 90
    assert {"requestId", "connectionId", "routeKey", "eventType", "status", "error"} <= set(fields)
    assert not [value for value in fields.values() if not value.startswith("$context.")]
    assert not [value for value in fields.values() if "query" in value.lower() or "authorizer" in value]


def test_the_stage_waits_for_the_role_api_gateway_logs_with(prod: Template) -> None:
    (account,) = prod.resources("AWS::ApiGateway::Account").items()
    (stage,) = prod.resources("AWS::ApiGatewayV2::Stage").values()

    assert account[0] in stage["DependsOn"]
    assert account[1]["DeletionPolicy"] == "Retain"
    role = prod.resources("AWS::IAM::Role")[references(account[1]["Properties"]).pop()]
    assert role["DeletionPolicy"] == "Retain"


@pytest.mark.parametrize("stage", ["local", "prod_with_options"])
def test_the_logging_role_is_a_setting(request: pytest.FixtureRequest, stage: str) -> None:
    template: Template = request.getfixturevalue(stage)

    assert not template.resources("AWS::ApiGateway::Account")


def test_the_stage_waits_for_the_route_whose_connects_it_throttles(prod: Template) -> None:
    (stage,) = prod.resources("AWS::ApiGatewayV2::Stage").values()
    (route,) = (
        name
        for name, found in prod.resources("AWS::ApiGatewayV2::Route").items()
        if found["Properties"]["RouteKey"] == "$connect"
    )

    assert route in stage["DependsOn"]


def test_a_pong_is_answered_by_nothing_at_all(prod: Template) -> None:
    answering = [
        found["Properties"]["RouteKey"]
        for found in prod.resources("AWS::ApiGatewayV2::Route").values()
        if "RouteResponseSelectionExpression" in found["Properties"]
    ]

    assert answering == ["$default"]
    assert len(prod.resources("AWS::ApiGatewayV2::RouteResponse")) == 1
