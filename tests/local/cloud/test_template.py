import json
from pathlib import Path
from typing import Any

import pytest

from local.cloud.endpoints import Endpoints
from local.cloud.errors import TemplateError
from local.cloud.intrinsics import Account
from local.cloud.stack import Stack
from local.cloud.template import load
from tests.local.cloud.conftest import MakeStack

YAML = """
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Condition: Wanted
    Properties:
      QueueName: !Sub "${AWS::StackName}-jobs"
      Tags: !If [Wanted, [], !Ref AWS::NoValue]
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt Failed.Arn
Conditions:
  Wanted: !Not [!Condition Other]
"""


def test_yaml_with_short_intrinsics_reads_as_the_long_form(tmp_path: Path) -> None:
    file = tmp_path / "app.yaml"
    file.write_text(YAML)
    template = load(file)
    assert template.stack_name == "app"
    assert template.resources["Jobs"].condition == "Wanted"
    assert template.resources["Jobs"].properties == {
        "QueueName": {"Fn::Sub": "${AWS::StackName}-jobs"},
        "Tags": {"Fn::If": ["Wanted", [], {"Ref": "AWS::NoValue"}]},
        "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": "Failed.Arn"}},
    }
    assert template.conditions == {"Wanted": {"Fn::Not": [{"Condition": "Other"}]}}


def test_the_one_template_of_a_cdk_out_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "shop.template.json").write_text(json.dumps({"Resources": {}}))
    assert load(tmp_path).stack_name == "shop"


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("a.json", "{", "neither JSON nor YAML"),
        ("a.json", "{}", "no CloudFormation template"),
        ("a.yaml", "Resources: [", "neither JSON nor YAML"),
        ("a.json", None, "cannot read"),
    ],
    ids=["not json", "no resources", "not yaml", "no file"],
)
def test_what_is_no_template_is_said_so(tmp_path: Path, name: str, text: str | None, complaint: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(TemplateError, match=complaint):
        load(tmp_path / name)


def test_a_resource_whose_condition_does_not_hold_is_not_there(make_stack: MakeStack) -> None:
    stack = make_stack(
        {"Jobs": {"Type": "AWS::SQS::Queue", "Condition": "Never"}},
        Conditions={"Never": {"Fn::Equals": ["a", "b"]}},
    )
    assert list(stack.of_type("AWS::SQS::Queue")) == []


def test_unknown_types_are_reported_and_those_left_out_have_a_reason(make_stack: MakeStack) -> None:
    stack = make_stack(
        {
            "Jobs": {"Type": "AWS::SQS::Queue"},
            "Alarm": {"Type": "AWS::CloudWatch::Alarm"},
            "Cluster": {"Type": "AWS::EKS::Cluster", "Metadata": {"aws:cdk:path": "toy/Cluster"}},
        }
    )
    assert stack.unknown() == ["Cluster (toy/Cluster): AWS::EKS::Cluster is not part of the local run"]
    assert set(stack.left_out()) == {"AWS::CloudWatch::Alarm"}


def test_the_addresses_of_the_templates_api_lead_to_the_local_gateway(make_stack: MakeStack) -> None:
    host = [{"Ref": "Api"}, ".execute-api.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}, "/dev"]
    stack = make_stack(
        {"Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"ProtocolType": "WEBSOCKET"}}},
        Outputs={
            "Clients": {"Value": {"Fn::Join": ["", ["wss://", *host]]}},
            "Posts": {"Value": {"Fn::Join": ["", ["https://", *host]]}},
            "Endpoint": {"Value": {"Fn::GetAtt": ["Api", "ApiEndpoint"]}},
        },
    )
    assert stack.outputs() == {
        "Clients": "ws://localhost:8000/dev",
        "Posts": "http://localhost:8000/dev",
        "Endpoint": "ws://localhost:8000",
    }


CHILD = """
Parameters:
  Name: {Type: String, Default: nobody}
  Tags: {Type: CommaDelimitedList, Default: "a,b"}
Conditions:
  Named: !Not [!Equals [!Ref Name, nobody]]
Mappings:
  Sizes: {small: {batch: 3}}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Condition: Named
    Properties:
      QueueName: !Sub "${Name}-${Other.QueueName}-${AWS::Region}"
      DelaySeconds: !FindInMap [Sizes, small, batch]
      Tags: !Ref Tags
  Other:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !If [Named, big, small]}
  Fn:
    Type: AWS::Lambda::Function
    Properties: {Code: src}
Outputs:
  Arn: {Value: !GetAtt Queue.Arn}
  Name: {Value: !Ref Name}
"""
PARENT = """
Conditions:
  Always: !Equals [a, a]
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Condition: Always
    Properties: {TemplateURL: inner/child.yaml, Parameters: {Name: !Sub "${Second.Outputs.Name}-1"}}
  Second:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: inner/child.yaml, Parameters: {Name: second}}
  Reader:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: reader
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Inner.Outputs.Arn}
      Tags: [!Sub "to ${Inner.Outputs.Name}", !Ref Inner]
  Far:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: "https://bucket/far.yaml"}
"""


def test_nested_stacks_become_part_of_the_whole(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "child.yaml").write_text(CHILD)
    (tmp_path / "parent.yaml").write_text(PARENT)
    template = load(tmp_path / "parent.yaml")
    stack = Stack(template, account=Account(), endpoints=Endpoints(gateway_port=1, aws_port=2))
    queues = {queue.resource.logical_id: queue for queue in stack.of_type("AWS::SQS::Queue")}
    assert set(queues) == {"InnerQueue", "InnerOther", "SecondQueue", "SecondOther", "Reader"}
    inner = queues["InnerQueue"]
    assert inner.get("QueueName") == "second-1-big-us-east-1"
    assert (inner.get("DelaySeconds"), inner.get("Tags")) == (3, ["a", "b"])
    assert queues["Reader"].get("RedrivePolicy") == {"deadLetterTargetArn": inner.identity.attributes["Arn"]}
    assert queues["Reader"].get("Tags") == ["to second-1", "Inner"]
    [function, _] = stack.of_type("AWS::Lambda::Function")
    assert function.resource.directory == tmp_path / "inner"
    assert stack.unknown() == ["Far: AWS::CloudFormation::Stack is not part of the local run"]


def assembly(folder: Path, **stacks: dict[str, Any]) -> None:
    artifacts = {}
    for name, template in stacks.items():
        (folder / f"{name}.template.json").write_text(json.dumps(template))
        properties = {"templateFile": f"{name}.template.json"}
        artifacts[name] = {"type": "aws:cloudformation:stack", "properties": properties}
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))


def api(name: str) -> dict[str, Any]:
    properties = {"ProtocolType": "WEBSOCKET", "Name": name}
    return {"Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": properties}}


TABLES = {
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}, "Api": {"Type": "AWS::SQS::Queue"}},
    "Outputs": {"Q": {"Value": {"Ref": "Queue"}, "Export": {"Name": {"Fn::Sub": "${AWS::Region}-queue"}}}},
}


def test_the_stacks_of_an_assembly_belong_together(tmp_path: Path) -> None:
    user = {"Type": "AWS::SQS::Queue", "Properties": {"Tags": [{"Fn::ImportValue": "us-east-1-queue"}]}}
    assembly(tmp_path, chat={"Resources": {**api("chat"), "User": user}}, tables=TABLES)
    (tmp_path / "chatInner1F.nested.template.json").write_text("{}")
    template = load(tmp_path)
    assert template.stack_name == "chat"
    assert set(template.resources) == {"Api", "User", "tablesQueue", "tablesApi"}
    stack = Stack(template, account=Account(), endpoints=Endpoints(gateway_port=1, aws_port=2))
    [user_queue, *_] = stack.of_type("AWS::SQS::Queue")
    assert user_queue.get("Tags") == [stack.ref("tablesQueue")]


def test_of_several_apis_one_must_be_chosen(tmp_path: Path) -> None:
    dev, prod = ({"Resources": api(name)} for name in ("dev", "prod"))
    assembly(tmp_path, dev=dev, prod=prod, tables=TABLES)
    with pytest.raises(TemplateError, match=r"by its path: dev\.template\.json, prod\.template\.json"):
        load(tmp_path)


def test_a_folder_without_templates_names_the_assemblies_in_it(tmp_path: Path) -> None:
    (tmp_path / "assembly-Prod").mkdir()
    with pytest.raises(TemplateError, match="assemblies in it: assembly-Prod"):
        load(tmp_path)
