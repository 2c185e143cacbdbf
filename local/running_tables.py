"""A look into the tables of the local system that runs, for commands beside it."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from local.settings import DEFAULT_AWS_PORT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def aws_endpoint(environment: Mapping[str, str]) -> str:
    """Where the local AWS answers, unless AWS_ENDPOINT_URL or TIDINGS_AWS_PORT says otherwise."""
    port = environment.get("TIDINGS_AWS_PORT", str(DEFAULT_AWS_PORT))
    return environment.get("AWS_ENDPOINT_URL", f"http://localhost:{port}")


def dynamodb_at(endpoint: str) -> "DynamoDBClient":
    """Fails at once where nothing answers."""
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106  the local system's, which takes any
        config=Config(connect_timeout=2, retries={"total_max_attempts": 1}),
    )


def tables_named(dynamodb: "DynamoDBClient", part: str) -> Iterator[str]:
    for name in dynamodb.list_tables()["TableNames"]:
        if part in name.lower():
            yield name


def nothing_answers(endpoint: str) -> str:
    """What to say when it does not."""
    return f"No local system answers at {endpoint}. Start it with 'make run'."
