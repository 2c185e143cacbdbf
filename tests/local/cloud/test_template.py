import json
from pathlib import Path

import pytest

from local.cloud.errors import TemplateError
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
