"""AWS clients, with the timeouts that fit a Lambda function.

From botocore's session, not boto3's: boto3 loads its transfer manager for S3 with each client, a fifth of a
cold start. https://docs.aws.amazon.com/botocore/latest/reference/core/session.html
"""

from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

# botocore's defaults wait 60 s to connect and 60 s to read: longer than most of our functions may run.
_DATA = Config(connect_timeout=1, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4})


@cache
def session() -> Any:
    """One for all clients: it holds the service models that they share."""
    return botocore.session.get_session()


def dynamodb() -> "DynamoDBClient":
    client: DynamoDBClient = session().create_client("dynamodb", config=_DATA)
    return client


def sqs() -> "SQSClient":
    client: SQSClient = session().create_client("sqs", config=_DATA)
    return client


def events() -> "EventBridgeClient":
    client: EventBridgeClient = session().create_client("events", config=_DATA)
    return client


def secrets_manager() -> "SecretsManagerClient":
    client: SecretsManagerClient = session().create_client("secretsmanager", config=_DATA)
    return client


def ssm() -> "SSMClient":
    client: SSMClient = session().create_client("ssm", config=_DATA)
    return client
