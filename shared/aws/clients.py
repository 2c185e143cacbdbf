"""boto3 clients, with the timeouts that fit a Lambda function."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

# botocore's defaults wait 60 s to connect and 60 s to read: longer than most of our functions may run.
_DATA = Config(connect_timeout=1, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4})


def dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=_DATA)


def sqs() -> "SQSClient":
    return boto3.client("sqs", config=_DATA)


def secrets_manager() -> "SecretsManagerClient":
    return boto3.client("secretsmanager", config=_DATA)


def ssm() -> "SSMClient":
    return boto3.client("ssm", config=_DATA)
