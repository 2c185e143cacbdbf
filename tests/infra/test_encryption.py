from collections.abc import Callable

import pytest

from tests.infra.template import Template, logical_id_of

FUNCTIONS = ["Connect", "Disconnect", "Default", "Publisher", "Scheduler"]


@pytest.fixture(scope="module")
def with_key(synthesise: Callable[..., Template]) -> Template:
    """cdk-nag has looked at it, too."""
    return synthesise("prod", customer_key="true")


def key_of(template: Template) -> str:
    (key,) = template.resources("AWS::KMS::Key")
    return key


def test_without_the_setting_there_is_no_key_to_pay_for(prod: Template) -> None:
    assert not prod.resources("AWS::KMS::Key")


def test_the_key_is_rotated_and_stays_with_what_it_keeps(with_key: Template) -> None:
    key = with_key.resources("AWS::KMS::Key")[key_of(with_key)]

    assert key["Properties"]["EnableKeyRotation"] is True
    assert key["DeletionPolicy"] == "Retain"


def test_every_table_and_queue_is_under_the_key(with_key: Template) -> None:
    key = key_of(with_key)
    for table in with_key.resources("AWS::DynamoDB::Table").values():
        assert logical_id_of(table["Properties"]["SSESpecification"]["KMSMasterKeyId"]) == key
    for queue in with_key.resources("AWS::SQS::Queue").values():
        assert logical_id_of(queue["Properties"]["KmsMasterKeyId"]) == key


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_may_use_the_key_and_not_manage_it(with_key: Template, function: str) -> None:
    policy = with_key.properties("AWS::IAM::Policy", name=f"{function}FunctionRoleDefaultPolicy")
    actions = {
        action
        for statement in policy["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
        if action.startswith("kms:")
    }

    assert actions == {"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"}


@pytest.mark.parametrize(
    ("arn", "action"),
    [
        (
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:tidings-a1b2c3",
            "secretsmanager:GetSecretValue",
        ),
        ("arn:aws:ssm:eu-west-1:123456789012:parameter/tidings", "ssm:GetParameter"),
    ],
    ids=["secretsmanager", "ssm"],
)
def test_a_shared_secret_is_read_by_who_lets_in_and_nobody_else(
    synthesise: Callable[..., Template], arn: str, action: str
) -> None:
    template = synthesise("dev", auth_mode="jwt", auth_issuer="i", auth_audience="a", auth_secret_arn=arn)
    readers = {
        name.partition("Function")[0]
        for name, policy in template.resources("AWS::IAM::Policy").items()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Resource"] == arn and statement["Action"] == action
    }

    assert readers == {"Connect", "Default"}
    variables = template.properties("AWS::Lambda::Function", name="ConnectFunctionHandler")["Environment"]
    assert variables["Variables"]["AUTH_SECRET_ARN"] == arn
    assert "AUTH_JWKS_URL" not in variables["Variables"]
