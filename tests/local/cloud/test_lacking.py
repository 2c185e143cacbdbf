"""What a template needs and the local run lacks is one line that names the resource and the property."""

import copy
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from local.clock import MovableClock
from local.cloud.code import code_folder
from local.cloud.errors import TemplateError
from local.cloud.functions import functions
from local.cloud.passed_over import passed_over
from local.cloud.websocket_api import check_functions, websocket_api
from local.gateway import Gateway, GatewayConfigurationError, Invocation
from tests.local.cloud.conftest import MakeStack

V2 = "AWS::ApiGatewayV2::"
INLINE = "def handler(event, context):\n    return None\n"
PING = {
    "ApiId": {"Ref": "Api"},
    "IntegrationType": "MOCK",
    "RequestTemplates": {"200": '{"statusCode": 200}'},
}
ECHO: dict[str, Any] = {
    "Api": {"Type": f"{V2}Api", "Properties": {"Name": "echo", "ProtocolType": "WEBSOCKET"}},
    "Fn": {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Runtime": "python3.13", "Handler": "index.handler", "Code": {"ZipFile": INLINE}},
    },
    "Ping": {"Type": f"{V2}Integration", "Properties": PING},
    "PingRoute": {
        "Type": f"{V2}Route",
        "Properties": {
            "ApiId": {"Ref": "Api"},
            "RouteKey": "ping",
            "Target": {"Fn::Sub": "integrations/${Ping}"},
        },
    },
    "ToFn": {
        "Type": f"{V2}Integration",
        "Properties": {
            "ApiId": {"Ref": "Api"},
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": {"Fn::Sub": "arn:x/functions/${Fn.Arn}/invocations"},
        },
    },
    "Default": {
        "Type": f"{V2}Route",
        "Properties": {
            "ApiId": {"Ref": "Api"},
            "RouteKey": "$default",
            "Target": {"Fn::Sub": "integrations/${ToFn}"},
        },
    },
}


class NoFunctions:
    async def invoke(self, function: str, event: Any) -> Invocation:
        raise AssertionError(function, event)


def start(make_stack: MakeStack, scratch: Path, changes: dict[str, dict[str, Any]]) -> list[str]:
    """The steps of a start that read the template. Returns what is passed over."""
    resources = copy.deepcopy(ECHO)
    for logical_id, properties in changes.items():
        resource = resources.setdefault(logical_id, {"Type": properties.get("Type"), "Properties": {}})
        resource["Properties"] |= {key: value for key, value in properties.items() if key != "Type"}
    stack = make_stack(resources)
    api = websocket_api(stack)
    check_functions(api, functions(stack, scratch=scratch))
    Gateway(api, NoFunctions(), clock=MovableClock())
    return list(passed_over(stack))


def test_nothing_is_lacking_in_a_plain_echo(make_stack: MakeStack, tmp_path: Path) -> None:
    assert start(make_stack, tmp_path, {}) == []


LACKING: list[Any] = [
    pytest.param(
        {"Fn": {"Runtime": "java21"}},
        "Fn: Runtime: .* no java21, only Python, Node.js and provided",
        id="runtime",
    ),
    pytest.param(
        {"Fn": {"Runtime": "provided.al2023"}}, "Fn: Code: there is no inline code for provided", id="custom"
    ),
    pytest.param(
        {"Fn": {"Runtime": "provided.al2023", "Code": "."}},
        "Fn: Runtime: there is no executable bootstrap in .*; build it first",
        id="bootstrap",
    ),
    pytest.param({"Fn": {"PackageType": "Image"}}, "Fn: PackageType: .* no container images", id="image"),
    pytest.param(
        {"Fn": {"Code": {"ImageUri": "x"}}}, "Fn: PackageType: .* no container images", id="image-uri"
    ),
    pytest.param(
        {"Fn": {"Handler": "app.handler"}}, "Fn: Handler: there is no file for app.handler", id="file"
    ),
    pytest.param({"Fn": {"Handler": "handler"}}, "Fn: Handler: handler is not of the form", id="handler"),
    pytest.param({"Fn": {"Code": "nowhere"}}, "Fn: Code: there is no folder .*nowhere", id="folder"),
    pytest.param(
        {"Fn": {"Code": {"S3Bucket": "b", "S3Key": "k"}}}, "Fn: Code: .*--code-root FOLDER", id="s3"
    ),
    pytest.param({"Fn": {"Code": "s3://b/k"}}, "Fn: Code: .*--code-root FOLDER", id="s3-url"),
    pytest.param(
        {"Fn": {"Runtime": "nodejs22.x", "Handler": "app.handler"}},
        "Fn: Handler: there is no file",
        id="node",
    ),
    pytest.param(
        {"Fn": {"Timeout": {"Fn::Cidr": []}}}, r"Fn.Timeout: Fn::Cidr is not supported", id="intrinsic"
    ),
    pytest.param(
        {"Fn": {"Timeout": {"Fn::Join": 3}}}, r"Fn.Timeout: Fn::Join cannot be read: 3", id="misread"
    ),
    pytest.param({"Fn": {"Timeout": "soon"}}, "Fn: Timeout is not a number: 'soon'", id="number"),
    pytest.param({"Fn": {"Timeout": {"Ref": "Nobody"}}}, r"Fn.Timeout: Ref to Nobody", id="reference"),
    pytest.param(
        {"Other": {"Type": f"{V2}Api", "ProtocolType": "WEBSOCKET"}},
        "one WebSocket API; the template has 2: Api, Other",
        id="two-apis",
    ),
    pytest.param({"Api": {"ProtocolType": "HTTP"}}, "the template has 0: none", id="no-api"),
    pytest.param(
        {"Ping": {"RequestTemplates": {"200": '{"statusCode": #if($input.path("$.x"))200'}}},
        "route 'ping': line 1: #if has no #end",
        id="vtl",
    ),
    pytest.param({"ToFn": {"IntegrationType": "VPC"}}, "ToFn: .* no IntegrationType VPC", id="integration"),
    pytest.param(
        {"ToFn": {"IntegrationType": "HTTP", "IntegrationUri": "https://example.com/"}},
        r"route '\$default': example.com is not this machine; --http-anywhere",
        id="far-away",
    ),
    pytest.param(
        {"ToFn": {"IntegrationUri": "arn:x/functions/arn:aws:lambda:us-east-1:1:function:far/invocations"}},
        r"route \$default: IntegrationUri: .*:far is no function of the template",
        id="function-elsewhere",
    ),
    pytest.param({"Default": {"AuthorizationType": "JWT"}}, "Default: .*no AuthorizationType JWT", id="jwt"),
    pytest.param({"Broken": {"Type": None}}, "Broken: .*it has no Type", id="no-type"),
]


@pytest.mark.parametrize(("changes", "line"), LACKING)
def test_what_is_lacking_ends_the_start_with_one_line(
    make_stack: MakeStack, tmp_path: Path, changes: dict[str, Any], line: str
) -> None:
    with pytest.raises((TemplateError, GatewayConfigurationError), match=line) as ended:
        start(make_stack, tmp_path, changes)
    assert "\n" not in str(ended.value)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        pytest.param(
            {"Http": {"Type": f"{V2}Api", "ProtocolType": "HTTP"}},
            "Http: ProtocolType HTTP: only WebSocket APIs are served",
            id="http-api",
        ),
        pytest.param({"Default": {"ApiKeyRequired": True}}, "Default: ApiKeyRequired: no API key", id="key"),
        pytest.param(
            {"Fn": {"Layers": ["arn:layer"]}}, "Fn: Layers: arn:layer is not in the template", id="layers"
        ),
        *(
            pytest.param(
                {
                    "Cluster": {"Type": "AWS::EKS::Cluster"},
                    "Fn": {"Environment": {"Variables": {"CLUSTER": value}}},
                },
                "Fn: Environment.Variables.CLUSTER names Cluster, which is not run (AWS::EKS::Cluster)",
                id=f"reference-{place}",
            )
            for place, value in enumerate(
                [
                    {"Ref": "Cluster"},
                    {"Fn::GetAtt": ["Cluster", "Arn"]},
                    {"Fn::Sub": "x-${Cluster.Arn}"},
                    {"Fn::Join": ["", ["x", {"Ref": "Cluster"}]]},
                ]
            )
        ),
        pytest.param(
            {"Fn": {"Environment": {"Variables": {"KEY": "{{resolve:ssm:/key}}"}}}},
            "Fn: Environment.Variables.KEY: {{resolve:ssm:/key}} is not known",
            id="dynamic-reference",
        ),
    ],
)
def test_what_is_passed_over_is_said(
    make_stack: MakeStack, tmp_path: Path, changes: dict[str, Any], line: str
) -> None:
    [said] = start(make_stack, tmp_path, changes)
    assert said.startswith(line)


def test_typescript_is_told_apart(make_stack: MakeStack, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.ts").write_text("export const handler = 1;")
    node = {"Runtime": "nodejs22.x", "Handler": "app.handler", "Code": "src"}
    with pytest.raises(TemplateError, match="TypeScript must be built first"):
        start(make_stack, tmp_path, {"Fn": node})


def test_the_cdks_list_of_assets_is_read(make_stack: MakeStack, tmp_path: Path) -> None:
    (tmp_path / "asset.1f").mkdir()
    (tmp_path / "asset.1f" / "index.py").write_text(INLINE)
    destinations = {"current": {"bucketName": "b", "objectKey": "1f.zip"}}
    files = {"1f": {"source": {"path": "asset.1f", "packaging": "zip"}, "destinations": destinations}}
    (tmp_path / "Other.assets.json").write_text(json.dumps({"version": "48.0.0", "files": files}))
    assert start(make_stack, tmp_path, {"Fn": {"Code": {"S3Bucket": "b", "S3Key": "1f.zip"}}}) == []


@pytest.mark.parametrize("code", ["fn.zip", {"S3Bucket": "b", "S3Key": "app/dev/1-2026/fn.zip"}])
def test_an_archive_is_unpacked(make_stack: MakeStack, tmp_path: Path, code: Any) -> None:
    with zipfile.ZipFile(tmp_path / "fn.zip", "w") as archive:
        archive.writestr("index.py", INLINE)
    resources = {**ECHO, "Fn": copy.deepcopy(ECHO["Fn"])}
    resources["Fn"]["Properties"]["Code"] = code
    [found] = make_stack(resources).of_type("AWS::Lambda::Function")
    folder = code_folder(found, scratch=tmp_path / "scratch")
    assert (folder / "index.py").read_text() == INLINE
