from typing import Any

import pytest

from local.cloud.errors import TemplateError
from local.cloud.sam import expand

TRANSFORM = "AWS::Serverless-2016-10-31"
SAM = "AWS::Serverless::"
FUNCTION = {"Runtime": "python3.13", "Handler": "app.handler", "CodeUri": "src"}


def expanded(resources: dict[str, Any], **sections: Any) -> dict[str, Any]:
    resources = {name: {"Type": f"{SAM}{kind}", **body} for name, (kind, body) in resources.items()}
    found: dict[str, Any] = dict(expand({"Transform": TRANSFORM, "Resources": resources, **sections}))
    return dict(found["Resources"])


def function(**properties: Any) -> tuple[str, dict[str, Any]]:
    return "Function", {"Properties": {**FUNCTION, **properties}}


def api(routes: dict[str, Any] | None = None, **properties: Any) -> tuple[str, dict[str, Any]]:
    routes = {"$connect": {"FunctionArn": "arn"}} if routes is None else routes
    expression = {"RouteSelectionExpression": "$request.body.action"}
    return "WebSocketApi", {"Properties": {**expression, "Routes": routes, **properties}}


def of_type(resources: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: body["Properties"] for key, body in resources.items() if body["Type"].endswith(f"::{name}")}


def test_a_plain_template_stays_as_it_is() -> None:
    plain = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
    assert expand(plain) is plain


def test_code_and_content_lie_in_the_templates_folder_unless_they_say_where() -> None:
    made = expanded({"Fn": ("Function", {}), "Shared": ("LayerVersion", {}), "Own": function()})
    assert made["Fn"]["Properties"]["Code"] == made["Shared"]["Properties"]["Content"] == "."
    assert made["Own"]["Properties"]["Code"] == "src"


def test_a_function_keeps_what_cloudformation_knows_and_loses_the_rest() -> None:
    made = expanded({"Fn": function(Timeout=7, Policies=["AWSLambdaExecute"], Tracing="Active")})
    assert made["Fn"]["Type"] == "AWS::Lambda::Function"
    assert made["Fn"]["Properties"] == {
        "Runtime": "python3.13",
        "Handler": "app.handler",
        "Code": "src",
        "Timeout": 7,
    }
    assert made["FnRole"]["Type"] == "AWS::IAM::Role"


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        pytest.param({"CodeUri": "src"}, "src", id="path"),
        pytest.param({"InlineCode": "x = 1"}, {"ZipFile": "x = 1"}, id="inline"),
        pytest.param(
            {"CodeUri": {"Bucket": "b", "Key": "k"}}, {"S3Bucket": "b", "S3Key": "k"}, id="bucket-and-key"
        ),
        pytest.param({"PackageType": "Image", "ImageUri": "x"}, {"ImageUri": "x"}, id="image"),
    ],
)
def test_code_is_worded_as_cloudformation_words_it(properties: dict[str, Any], code: Any) -> None:
    made = expanded({"Fn": ("Function", {"Properties": properties})})
    assert made["Fn"]["Properties"]["Code"] == code


def test_globals_are_merged_added_to_and_replaced() -> None:
    shared = {
        "Function": {
            "Timeout": 5,
            "Layers": ["a"],
            "Environment": {"Variables": {"A": "shared", "B": {"Ref": "X"}}},
        }
    }
    own = {"Variables": {"B": {"Fn::Sub": "own"}, "C": "own"}}
    made = expanded({"Fn": function(Timeout=9, Layers=["b"], Environment=own)}, Globals=shared)
    properties = made["Fn"]["Properties"]
    assert (properties["Timeout"], properties["Layers"]) == (9, ["a", "b"])
    assert properties["Environment"]["Variables"] == {"A": "shared", "B": {"Fn::Sub": "own"}, "C": "own"}


def test_an_alias_is_published_and_can_be_referred_to() -> None:
    made = expanded(
        {
            "Fn": function(AutoPublishAlias="live", EventInvokeConfig={"MaximumRetryAttempts": 0}),
            "Api": api({"$connect": {"FunctionArn": {"Ref": "Fn.Alias"}}}),
        }
    )
    assert of_type(made, "Alias")["FnAliaslive"]["Name"] == "live"
    uri = of_type(made, "Integration")["ApiConnectIntegration"]["IntegrationUri"]["Fn::Sub"]
    assert uri[1] == {"Fn": {"Ref": "FnAliaslive"}}
    assert of_type(made, "EventInvokeConfig")["FnEventInvokeConfig"]["Qualifier"] == "live"


@pytest.mark.parametrize(
    ("event", "type_name", "expected"),
    [
        pytest.param(
            {"Type": "SQS", "Properties": {"Queue": "arn:q", "BatchSize": 2}},
            "AWS::Lambda::EventSourceMapping",
            {"EventSourceArn": "arn:q", "BatchSize": 2},
            id="queue",
        ),
        pytest.param(
            {"Type": "Schedule", "Properties": {"Schedule": "rate(1 minute)", "Enabled": False}},
            "AWS::Events::Rule",
            {"ScheduleExpression": "rate(1 minute)", "State": "DISABLED"},
            id="schedule",
        ),
        pytest.param(
            {"Type": "EventBridgeRule", "Properties": {"Pattern": {"source": ["x"]}, "EventBusName": "b"}},
            "AWS::Events::Rule",
            {"EventPattern": {"source": ["x"]}, "EventBusName": "b"},
            id="rule",
        ),
        pytest.param(
            {"Type": "HttpApi", "Properties": {"Path": "/", "Method": "get"}},
            "AWS::Serverless::Function event HttpApi",
            {},
            id="not-run",
        ),
    ],
)
def test_events_generate_what_invokes(
    event: dict[str, Any], type_name: str, expected: dict[str, Any]
) -> None:
    made = expanded({"Fn": function(Events={"Tick": event})})
    assert made["FnTick"]["Type"] == type_name
    assert expected.items() <= made["FnTick"]["Properties"].items()


def test_a_websocket_api_becomes_api_stage_routes_and_integrations() -> None:
    routes = {
        "$connect": {"FunctionArn": "arn:1"},
        "sendMessage": {"FunctionArn": "arn:2", "IntegrationTimeout": 900},
    }
    made = expanded({"Chat": api(routes, StageVariables={"colour": "red"})})
    assert made["Chat"]["Properties"]["ProtocolType"] == "WEBSOCKET"
    assert of_type(made, "Stage")["ChatdefaultStage"]["StageName"] == "default"
    assert of_type(made, "Stage")["ChatdefaultStage"]["StageVariables"] == {"colour": "red"}
    assert {body["RouteKey"] for body in of_type(made, "Route").values()} == {"$connect", "sendMessage"}
    assert of_type(made, "Integration")["ChatSendmessageIntegration"]["TimeoutInMillis"] == 900


def test_auth_guards_connect_alone() -> None:
    auth = {"AuthType": "CUSTOM", "AuthArn": "arn:door", "IdentitySource": ["route.request.header.Auth"]}
    routes = {"$connect": {"FunctionArn": "arn"}, "$default": {"FunctionArn": "arn"}}
    made = expanded({"Chat": api(routes, Auth=auth)})
    by_key = {body["RouteKey"]: body for body in of_type(made, "Route").values()}
    assert by_key["$connect"]["AuthorizerId"] == {"Ref": "ChatConnectAuthorizer"}
    assert "AuthorizationType" not in by_key["$default"]
    [authorizer] = of_type(made, "Authorizer").values()
    assert authorizer["IdentitySource"] == ["route.request.header.Auth"]


def test_the_stage_can_be_referred_to_also_within_sub() -> None:
    outputs = {"Url": {"Value": {"Fn::Sub": "wss://${Chat}/${Chat.Stage}"}}, "Stage": {"Ref": "Chat.Stage"}}
    template = {
        "Transform": [TRANSFORM],
        "Resources": {"Chat": {"Type": f"{SAM}WebSocketApi", **api(StageName="prod")[1]}},
        "Outputs": outputs,
    }
    found = expand(template)
    assert found["Outputs"]["Url"]["Value"] == {"Fn::Sub": "wss://${Chat}/${ChatprodStage}"}
    assert found["Outputs"]["Stage"] == {"Ref": "ChatprodStage"}


def test_what_is_generated_inherits_the_condition() -> None:
    kind, body = api()
    made = expanded({"Chat": (kind, {**body, "Condition": "IsProd"})})
    assert {body["Condition"] for body in made.values()} == {"IsProd"}


@pytest.mark.parametrize(
    ("properties", "key"),
    [
        pytest.param({}, ("id", "S"), id="default"),
        pytest.param({"PrimaryKey": {"Name": "n", "Type": "Number"}}, ("n", "N"), id="number"),
    ],
)
def test_a_simple_table_has_one_key(properties: dict[str, Any], key: tuple[str, str]) -> None:
    made = expanded({"Notes": ("SimpleTable", {"Properties": properties})})["Notes"]
    assert made["Type"] == "AWS::DynamoDB::Table"
    [attribute] = made["Properties"]["AttributeDefinitions"]
    assert (attribute["AttributeName"], attribute["AttributeType"]) == key


def test_other_serverless_types_stay_to_be_named_as_not_run() -> None:
    assert expanded({"Http": ("HttpApi", {})}) == {"Http": {"Type": "AWS::Serverless::HttpApi"}}


@pytest.mark.parametrize(
    ("template", "message"),
    [
        pytest.param(
            {"Resources": {"Fn": {"Type": f"{SAM}Function"}}}, "Fn: .*needs `Transform", id="no-transform"
        ),
        pytest.param(
            {"Transform": "My::Macro", "Resources": {}}, "the local run has no My::Macro", id="macro"
        ),
    ],
)
def test_templates_that_are_no_sam_templates(template: dict[str, Any], message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        expand(template)


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        pytest.param(
            ("Function", {"Properties": 3}), "X: cannot be read as AWS::Serverless::Function", id="shape"
        ),
        pytest.param(function(AutoPublishAlias={"Ref": "P"}), "X: AutoPublishAlias", id="alias"),
        pytest.param(
            ("WebSocketApi", {"Properties": {"Routes": {}}}), "X: property RouteSelection", id="expression"
        ),
        pytest.param(api({"a/b": {"FunctionArn": "arn"}}), "X: Routes: a/b is neither", id="key"),
        pytest.param(api({"a": {}}), r"X.Routes.a: property FunctionArn is missing", id="no-function"),
        pytest.param(api(Auth={"AuthType": "JWT"}), "X: Auth.AuthType is JWT", id="auth-type"),
        pytest.param(api(Auth={"AuthType": "CUSTOM"}), "X: property AuthArn is missing", id="no-authorizer"),
        pytest.param(
            api({"a": {"FunctionArn": "arn"}}, Auth={"AuthType": "AWS_IAM"}), "needs a \\$connect", id="auth"
        ),
        pytest.param(
            ("SimpleTable", {"Properties": {"PrimaryKey": {"Name": "n", "Type": "Map"}}}),
            "X: PrimaryKey.Type is Map",
            id="table",
        ),
    ],
)
def test_what_is_wrong_names_the_resource_and_the_property(resource: Any, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        expanded({"X": resource})


def test_a_state_machine_keeps_its_definition_wherever_that_is() -> None:
    body = {
        "Properties": {
            "Name": "m",
            "Type": "EXPRESS",
            "DefinitionUri": "m.json",
            "Role": "arn",
            "Tracing": {},
        }
    }
    made = expanded({"Machine": ("StateMachine", body)})["Machine"]
    assert made["Type"] == "AWS::StepFunctions::StateMachine"
    names = {"StateMachineName": "m", "StateMachineType": "EXPRESS"}
    assert made["Properties"] == {**names, "DefinitionUri": "m.json", "RoleArn": "arn"}
