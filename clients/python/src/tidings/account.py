"""Which AWS the command speaks to, and what the stage's parts are called there."""

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from tidings.errors import TidingsError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

LOCAL = "local"
LOCAL_AWS_PORT = "4566"
# A person waits: say soon that nothing answers.
CONFIG = Config(connect_timeout=3, read_timeout=20, retries={"total_max_attempts": 3})


class NotFound(TidingsError):
    """The stage, or a part of it, is not in this account and Region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    session: boto3.Session
    endpoint_url: str | None
    """None is AWS's own."""
    stage: str

    @property
    def bus(self) -> str:
        return f"tidings-{self.stage}"

    def events(self) -> "EventBridgeClient":
        return self.session.client("events", endpoint_url=self.endpoint_url, config=CONFIG)

    def dynamodb(self) -> "DynamoDBClient":
        return self.session.client("dynamodb", endpoint_url=self.endpoint_url, config=CONFIG)

    def sqs(self) -> "SQSClient":
        return self.session.client("sqs", endpoint_url=self.endpoint_url, config=CONFIG)

    def events_table(self) -> str:
        """Where receipts are kept. Raises NotFound."""
        if self.stage != LOCAL:
            return self._output("EventsTable")
        names = self.dynamodb().list_tables()["TableNames"]
        return _one(names, "events", what="table of events")

    def access_table(self) -> str:
        """Where tickets are kept. Raises NotFound."""
        if self.stage != LOCAL:
            return self._output("AccessTable")
        return _one(self.dynamodb().list_tables()["TableNames"], "access", what="table of tickets")

    def rejected_queue_url(self) -> str:
        """Where rejected events wait. Raises NotFound."""
        if self.stage != LOCAL:
            return self._output("RejectedEventsUrl")
        return _one(
            self.sqs().list_queues().get("QueueUrls", []), "rejected", what="queue of rejected events"
        )

    def _output(self, name: str) -> str:
        stack = f"tidings-{self.stage}"
        cloudformation: Any = self.session.client("cloudformation", config=CONFIG)
        outputs = cloudformation.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
        for output in outputs:
            if output["OutputKey"] == name:
                return str(output["OutputValue"])
        raise NotFound(f"the stack {stack} has no output {name}: deploy it again")


def account(given: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> Account:
    """The local system, or the stage in the account of your credentials."""
    if given.stage != LOCAL:
        return Account(session=boto3.Session(), endpoint_url=given.endpoint_url, stage=given.stage)
    port = environment.get("TIDINGS_AWS_PORT", LOCAL_AWS_PORT)
    return Account(
        session=boto3.Session(
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 - the local endpoint checks no signatures
        ),
        endpoint_url=given.endpoint_url or f"http://localhost:{port}",
        stage=LOCAL,
    )


def _one(names: list[str], part: str, *, what: str) -> str:
    for name in names:
        if part in name.lower():
            return name
    raise NotFound(f"the local system has no {what}")
