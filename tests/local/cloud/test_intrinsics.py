from typing import Any

import pytest

from local.cloud.errors import TemplateError
from tests.local.cloud.conftest import MakeStack

QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:jobs"
RESOURCES = {
    "Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}},
    "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {}},
    "Fn": {
        "Type": "AWS::Lambda::Function",
        "Properties": {"FunctionName": {"Fn::Sub": "${AWS::StackName}-fn"}},
    },
    "Live": {
        "Type": "AWS::Lambda::Alias",
        "Properties": {"FunctionName": {"Ref": "Fn"}, "Name": "live", "FunctionVersion": "1"},
    },
}
SECTIONS = {
    "Parameters": {
        "Colour": {"Type": "String", "Default": "red"},
        "Zones": {"Type": "CommaDelimitedList", "Default": "a, b"},
        "Secret": {"Type": "String"},
    },
    "Conditions": {
        "IsRed": {"Fn::Equals": [{"Ref": "Colour"}, "red"]},
        "IsBlue": {"Fn::Not": [{"Condition": "IsRed"}]},
        "Both": {"Fn::And": [{"Condition": "IsRed"}, {"Condition": "IsBlue"}]},
        "Either": {"Fn::Or": [{"Condition": "IsRed"}, {"Condition": "IsBlue"}]},
    },
    "Mappings": {"Sizes": {"us-east-1": {"batch": 7}}},
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Ref": "Colour"}, "red"),
        ({"Ref": "Zones"}, ["a", "b"]),
        ({"Ref": "Jobs"}, "http://localhost:4566/123456789012/jobs"),
        ({"Ref": "Table"}, "toy-Table"),
        ({"Ref": "Live"}, "arn:aws:lambda:us-east-1:123456789012:function:toy-fn:live"),
        ({"Fn::GetAtt": ["Jobs", "Arn"]}, QUEUE_ARN),
        ({"Fn::GetAtt": "Jobs.Arn"}, QUEUE_ARN),
        ({"Fn::Join": ["-", ["a", {"Ref": "Colour"}]]}, "a-red"),
        ({"Fn::Sub": "${Colour}/${Jobs.Arn}/${!Kept}"}, f"red/{QUEUE_ARN}/${{Kept}}"),
        ({"Fn::Sub": ["${Shade}", {"Shade": {"Ref": "Colour"}}]}, "red"),
        ({"Fn::Select": ["1", {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::If": ["IsRed", "yes", "no"]}, "yes"),
        ({"Fn::If": ["Both", "yes", "no"]}, "no"),
        ({"Fn::If": ["Either", "yes", "no"]}, "yes"),
        ({"a": {"Fn::If": ["IsBlue", 1, {"Ref": "AWS::NoValue"}]}, "b": 2}, {"b": 2}),
        ([1, {"Ref": "AWS::NoValue"}], [1]),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "batch"]}, 7),
        ({"Fn::Base64": "a"}, "YQ=="),
    ],
    ids=lambda value: str(value)[:40],
)
def test_intrinsics_resolve(make_stack: MakeStack, value: Any, expected: Any) -> None:
    stack = make_stack(RESOURCES | {"Probe": probe(value)}, **SECTIONS)
    assert probed(stack) == expected


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ({"Ref": "Nowhere"}, r"Probe\.Value: Ref to Nowhere"),
        ({"Ref": "Secret"}, "parameter Secret has no default; give it: --parameter Secret="),
        ({"Fn::GetAtt": ["Nowhere", "Arn"]}, "Fn::GetAtt of Nowhere"),
        ({"Fn::GetAtt": ["Jobs", "Colour"]}, r"Jobs: the local run has no Colour for AWS::SQS::Queue"),
        ({"Fn::ImportValue": "x"}, "no stack beside this one exports x"),
        ({"deep": {"Fn::Cidr": []}}, r"Probe\.Value\.deep: Fn::Cidr is not supported"),
        ({"Fn::If": ["Nowhere", 1, 2]}, "there is no condition Nowhere"),
        ({"Fn::Select": [3, ["a"]]}, "has no item 3"),
        ({"Fn::FindInMap": ["Sizes", "eu", "batch"]}, "finds nothing under Sizes/eu/batch"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_resolved_is_named_with_its_place(
    make_stack: MakeStack, value: Any, complaint: str
) -> None:
    stack = make_stack(RESOURCES | {"Probe": probe(value)}, **SECTIONS)
    with pytest.raises(TemplateError, match=complaint):
        probed(stack)


def test_a_parameter_can_be_given(make_stack: MakeStack) -> None:
    stack = make_stack({"Probe": probe({"Ref": "Secret"})}, parameters={"Secret": "s"}, **SECTIONS)
    assert probed(stack) == "s"


def test_references_that_go_round_in_a_circle_are_named(make_stack: MakeStack) -> None:
    stack = make_stack(
        {
            "A": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::GetAtt": ["B", "QueueName"]}}},
            "B": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::GetAtt": ["A", "QueueName"]}}},
        }
    )
    with pytest.raises(TemplateError, match=r"circular reference (A → B → A|B → A → B)"):
        list(stack.of_type("AWS::SQS::Queue"))


def probe(value: Any) -> dict[str, Any]:
    return {"Type": "Custom::Probe", "Properties": {"Value": value}}


def probed(stack: Any) -> Any:
    [resource] = stack.of_type("Custom::Probe")
    return resource.get("Value")
