import asyncio
import json
from typing import Any

import pytest

from local.cloud.endpoints import Endpoints
from local.cloud.passed_over import passed_over
from local.cloud.resources import Clients, create
from local.cloud.values import Values
from tests.local.cloud.conftest import MakeStack

RESOURCES: dict[str, Any] = {
    "Key": {
        "Type": "AWS::SecretsManager::Secret",
        "Properties": {"Name": "prod/key", "SecretString": '{"user": "ann", "password": "p:w"}'},
    },
    "Plain": {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": "hush"}},
    "Limit": {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Name": "/limits/rate", "Type": "String", "Value": 7},
    },
}


def looked_up(make_stack: MakeStack, value: Any, **sections: Any) -> Any:
    function = {"Type": "AWS::Lambda::Function", "Properties": {"Description": value}}
    stack = make_stack({**RESOURCES, "Fn": function}, **sections)
    [found] = stack.of_type("AWS::Lambda::Function")
    return found.get("Description")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("{{resolve:ssm:/limits/rate}}", "7"),
        ("at most {{resolve:ssm:/limits/rate:1}} a day", "at most 7 a day"),
        ("{{resolve:secretsmanager:prod/key:SecretString:password}}", "p:w"),
        ({"Fn::Sub": "{{resolve:secretsmanager:${Key}:SecretString:user::}}"}, "ann"),
        ({"Fn::Join": ["", ["{{resolve:secretsmanager:", {"Ref": "Plain"}, ":SecretString:::}}"]]}, "hush"),
        ({"Fn::GetAtt": ["Limit", "Value"]}, "7"),
        ("{{resolve:ssm:/unknown}}", "{{resolve:ssm:/unknown}}"),
        (
            "{{resolve:secretsmanager:prod/key:SecretString:nothing}}",
            "{{resolve:secretsmanager:prod/key:SecretString:nothing}}",
        ),
    ],
)
def test_a_reference_gives_what_the_template_makes(make_stack: MakeStack, value: Any, text: str) -> None:
    assert looked_up(make_stack, value) == text


def test_what_exists_beside_the_template_is_given(make_stack: MakeStack) -> None:
    given = Values(parameters={"/hosts": "a, b"}, secrets={"token": "t"})
    parameters = {"Hosts": {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/hosts"}}
    options: Any = {"given": given, "Parameters": parameters}
    assert looked_up(make_stack, {"Fn::Join": ["+", {"Ref": "Hosts"}]}, **options) == "a+b"
    assert looked_up(make_stack, "{{resolve:secretsmanager:token}}", **options) == "t"


def test_what_is_not_given_is_said(make_stack: MakeStack) -> None:
    variables = {"Variables": {"TOKEN": "{{resolve:secretsmanager:token}}"}}
    function = {"Type": "AWS::Lambda::Function", "Properties": {"Environment": variables}}
    parameters = {"Host": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/host"}}
    lines = list(passed_over(make_stack({"Fn": function}, Parameters=parameters)))
    assert [line.partition(":")[0] for line in lines] == ["Fn", "parameter Host"]
    assert all("--ssm NAME=VALUE" in line for line in lines)


def test_a_generated_secret_is_as_it_was_asked_for_and_stays(make_stack: MakeStack) -> None:
    asked = {
        "SecretStringTemplate": '{"username": "admin"}',
        "GenerateStringKey": "password",
        "PasswordLength": 12,
        "ExcludePunctuation": True,
    }
    secret = {
        "Type": "AWS::SecretsManager::Secret",
        "Properties": {"Name": "db", "GenerateSecretString": asked},
    }
    stack = make_stack({"Db": secret})
    made = json.loads(stack.values.secrets["db"])
    assert made["username"] == "admin"
    assert len(made["password"]) == 12
    assert made["password"].isalnum()
    assert stack.values.looked_up("{{resolve:secretsmanager:db:SecretString:password}}") == made["password"]


@pytest.mark.network
async def test_functions_can_ask_for_them_by_name_and_arn(
    make_stack: MakeStack, aws: Any, made_with: Clients
) -> None:
    endpoints = Endpoints(gateway_port=1, aws_port=aws.port, host="127.0.0.1")
    stack = make_stack(RESOURCES, endpoints=endpoints)
    await asyncio.to_thread(create, stack, made_with)
    secrets, ssm = made_with.other("secretsmanager"), made_with.other("ssm")
    for name in ("toy-Plain", stack.ref("Plain")):
        answer = await asyncio.to_thread(secrets.get_secret_value, SecretId=name)
        assert answer["SecretString"] == "hush"
    answer = await asyncio.to_thread(ssm.get_parameter, Name=stack.ref("Limit"))
    assert answer["Parameter"]["Value"] == "7"
    for client in (secrets, ssm):
        client.close()
