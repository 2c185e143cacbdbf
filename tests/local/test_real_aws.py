import pytest

from local.real_aws import UnknownService, real_environment

SHELL = {"AWS_ACCESS_KEY_ID": "AKIAREAL", "AWS_SECRET_ACCESS_KEY": "secret", "HOME": "/root"}


def test_nothing_of_the_developers_gets_in_while_no_service_is_let_through() -> None:
    assert real_environment([], "us-east-1", SHELL) == {}


def test_a_service_that_is_let_through_brings_its_endpoint_and_the_credentials() -> None:
    assert real_environment(["bedrock-runtime"], "eu-west-1", SHELL) == {
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "https://bedrock-runtime.eu-west-1.amazonaws.com",
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }


def test_a_name_that_is_no_service_is_refused() -> None:
    with pytest.raises(UnknownService, match="--real-aws bedrok: no service"):
        real_environment(["bedrok"], "us-east-1", {})
