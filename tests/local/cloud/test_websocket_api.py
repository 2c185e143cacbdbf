from typing import Any

import pytest

from local.cloud.errors import TemplateError
from local.cloud.websocket_api import api_mappings, websocket_api
from local.gateway import IntegrationKind, Throttle
from tests.local.cloud.conftest import MakeStack

ARN = "arn:aws:lambda:us-east-1:123456789012:function:chat"
V2 = "AWS::ApiGatewayV2::"


def uri(function: Any) -> dict[str, Any]:
    parts = ["arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/", function, "/invocations"]
    return {"Fn::Join": ["", parts]}


def api(**changes: Any) -> dict[str, Any]:
    properties = {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.do", "Name": "chat"}
    return {"Type": f"{V2}Api", "Properties": properties | changes}


def part(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"{V2}{kind}", "Properties": {"ApiId": {"Ref": "Api"}, **properties}}


CHAT: dict[str, Any] = {
    "Api": api(),
    "Fn": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "chat"}},
    "ToFn": part(
        "Integration", IntegrationType="AWS_PROXY", IntegrationUri=uri({"Fn::GetAtt": ["Fn", "Arn"]})
    ),
    "Echo": part(
        "Integration",
        IntegrationType="MOCK",
        RequestTemplates={"200": '{"statusCode": 200}'},
        TemplateSelectionExpression="200",
    ),
    "EchoAnswer": part(
        "IntegrationResponse",
        IntegrationId={"Ref": "Echo"},
        IntegrationResponseKey="$default",
        ResponseTemplates={"200": '"pong"'},
        TemplateSelectionExpression="200",
    ),
    "Door": part(
        "Authorizer",
        AuthorizerUri=uri({"Fn::GetAtt": ["Fn", "Arn"]}),
        AuthorizerType="REQUEST",
        IdentitySource=["route.request.querystring.token"],
    ),
    "Connect": part(
        "Route",
        RouteKey="$connect",
        AuthorizationType="CUSTOM",
        AuthorizerId={"Ref": "Door"},
        Target={"Fn::Join": ["/", ["integrations", {"Ref": "ToFn"}]]},
    ),
    "Say": part(
        "Route",
        RouteKey="say",
        RouteResponseSelectionExpression="$default",
        Target={"Fn::Sub": "integrations/${ToFn}"},
    ),
    "SayAnswer": part("RouteResponse", RouteId={"Ref": "Say"}, RouteResponseKey="$default"),
    "Silent": part("Route", RouteKey="silent", Target={"Fn::Sub": "integrations/${ToFn}"}),
    "Ping": part("Route", RouteKey="ping", Target={"Fn::Sub": "integrations/${Echo}"}),
    "Stage": part(
        "Stage",
        StageName="live",
        StageVariables={"colour": "red"},
        DefaultRouteSettings={"ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 50},
        RouteSettings={"say": {"ThrottlingRateLimit": 1, "ThrottlingBurstLimit": 2}},
    ),
}


def test_a_chat_template_becomes_an_api(make_stack: MakeStack) -> None:
    chat = websocket_api(make_stack(CHAT))
    assert chat.stage_name == "live"
    assert chat.route_selection_expression == "$request.body.do"
    assert chat.stage_variables == {"colour": "red"}
    assert chat.throttle == Throttle(rate_per_second=100.0, burst=50)
    assert set(chat.routes) == {"$connect", "say", "silent", "ping"}
    assert chat.routes["say"].integration.function == ARN
    assert chat.routes["say"].throttle == Throttle(rate_per_second=1.0, burst=2)
    assert (chat.routes["say"].route_response, chat.routes["silent"].route_response) == (True, False)
    door = chat.routes["$connect"].authorizer
    assert door is not None
    assert chat.authorizers[door].function == ARN
    assert chat.authorizers[door].identity_sources == ("route.request.querystring.token",)
    ping = chat.routes["ping"].integration
    assert ping.kind is IntegrationKind.MOCK
    assert ping.responses["$default"].templates == {"200": '"pong"'}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"Api": api(ProtocolType="HTTP")}, "the template has 0"),
        ({"Second": api()}, "the template has 2"),
        ({"Other": part("Stage", StageName="other")}, "several stages: live, other"),
        (
            {"Echo": part("Integration", IntegrationType="VPC_LINK")},
            "Echo: the local run has no IntegrationType VPC_LINK",
        ),
        (
            {"Ping": part("Route", RouteKey="ping", Target="integrations/x")},
            "Ping: its Target is no integration",
        ),
        (
            {
                "Ping": part(
                    "Route",
                    RouteKey="p",
                    AuthorizationType="JWT",
                    Target={"Fn::Sub": "integrations/${Echo}"},
                )
            },
            "Ping: the local run has no AuthorizationType JWT",
        ),
        (
            {"ToFn": part("Integration", IntegrationType="AWS_PROXY", IntegrationUri="x")},
            "ToFn: IntegrationUri",
        ),
    ],
    ids=["no websocket", "two apis", "two stages", "unknown kind", "no integration", "jwt", "bad uri"],
)
def test_what_the_gateway_lacks_is_named(
    make_stack: MakeStack, changes: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(TemplateError, match=complaint):
        websocket_api(make_stack(CHAT | changes))


def test_iam_authorization_is_read(make_stack: MakeStack) -> None:
    connect = part(
        "Route", RouteKey="$connect", AuthorizationType="AWS_IAM", Target={"Fn::Sub": "integrations/${ToFn}"}
    )
    found = websocket_api(make_stack(CHAT | {"Connect": connect})).routes["$connect"]
    assert (found.iam, found.authorizer) == (True, None)


def test_a_route_with_a_route_response_answers_without_a_selection_expression(make_stack: MakeStack) -> None:
    say = part("Route", RouteKey="say", Target={"Fn::Sub": "integrations/${ToFn}"})
    assert websocket_api(make_stack(CHAT | {"Say": say})).routes["say"].route_response


@pytest.mark.parametrize("kind", ["AWS", "AWS_PROXY"])
@pytest.mark.parametrize("suffix", ["", ":live"])
def test_a_function_s_arn_alone_is_an_integration_uri(make_stack: MakeStack, kind: str, suffix: str) -> None:
    to_fn = part("Integration", IntegrationType=kind, IntegrationUri=ARN + suffix)
    integration = websocket_api(make_stack(CHAT | {"ToFn": to_fn})).routes["say"].integration
    assert integration.function == ARN + suffix


def test_a_service_integration_is_read(make_stack: MakeStack) -> None:
    service = "arn:aws:apigateway:us-east-1:sqs:path/123456789012/orders"
    to_queue = part(
        "Integration",
        IntegrationType="AWS",
        IntegrationMethod="ANY",
        IntegrationUri=service,
        TimeoutInMillis="5000",
        PassthroughBehavior="NEVER",
        ContentHandlingStrategy="CONVERT_TO_BINARY",
        RequestParameters={"integration.request.header.a": "'b'"},
        RequestTemplates={"$default": "x"},
    )
    answer = part(
        "IntegrationResponse",
        IntegrationId={"Ref": "ToFn"},
        IntegrationResponseKey="/4../",
        ResponseParameters={"route.response.header.a": "'b'"},
    )
    chat = websocket_api(make_stack(CHAT | {"ToFn": to_queue, "Answer": answer}))
    integration = chat.routes["say"].integration
    assert (integration.function, integration.uri, integration.method) == ("", service, "POST")
    assert (integration.timeout_ms, integration.passthrough) == (5000, "NEVER")
    assert integration.content_handling == "CONVERT_TO_BINARY"
    assert integration.request_parameters == {"integration.request.header.a": "'b'"}
    assert integration.responses["/4../"].parameters == {"route.response.header.a": "'b'"}


def test_the_api_mappings_of_its_stage_are_served(make_stack: MakeStack) -> None:
    def mapping(**properties: Any) -> dict[str, Any]:
        return part("ApiMapping", DomainName="ws.example.com", **properties)

    resources = {
        "Chat": mapping(Stage={"Ref": "Stage"}, ApiMappingKey="chat/v1"),
        "Root": mapping(Stage="live"),
        "Elsewhere": mapping(Stage="other", ApiMappingKey="other"),
        "Foreign": {"Type": f"{V2}ApiMapping", "Properties": {"ApiId": "x", "Stage": "live"}},
    }
    stack = make_stack(CHAT | resources)
    assert api_mappings(stack, websocket_api(stack)) == ("chat/v1", "")
