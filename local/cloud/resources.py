"""Everything of a stack that lives in the local AWS, made in one go."""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.cloud import bus, state_machines, storage, streams, topics, values
from local.cloud.bus import Bridge
from local.cloud.stack import Stack
from local.cloud.topics import TopicBridge
from local.lambda_runtime.environment import CREDENTIALS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class Clients:
    dynamodb: "DynamoDBClient"
    events: "EventBridgeClient"
    sqs: "SQSClient"
    other: Callable[[str], Any]
    """Makes the client of any other service: it takes a moment, which most templates need not wait for."""


@dataclass(frozen=True, slots=True)
class Resources:
    tables: list[str]
    queues: list[str]
    buses: list[str]
    bridges: list[Bridge]
    topic_bridges: list[TopicBridge]


def clients(endpoint: str, region: str) -> Clients:
    import boto3  # noqa: PLC0415 - half a second that a template error should not have to wait for

    with _no_profile():
        session = boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=region,
        )
        return Clients(
            dynamodb=session.client("dynamodb", endpoint_url=endpoint),
            events=session.client("events", endpoint_url=endpoint),
            sqs=session.client("sqs", endpoint_url=endpoint),
            other=lambda service: session.client(service, endpoint_url=endpoint),  # type: ignore[call-overload]  # any name
        )


def create(stack: Stack, made_with: Clients) -> Resources:
    """Raises TemplateError for what moto cannot be asked for."""
    if any(stack.of_type("AWS::Kinesis::Stream")):
        storage.create_streams(stack, made_with.other("kinesis"))
    if any(stack.of_type("AWS::StepFunctions::StateMachine")):
        state_machines.create_state_machines(stack, made_with.other("stepfunctions"))
    streams.create_queues(stack, made_with.sqs)
    if stack.values.secrets or stack.values.parameters:
        values.create(
            stack.values, secrets_manager=made_with.other("secretsmanager"), ssm=made_with.other("ssm")
        )
    return Resources(
        tables=storage.create_tables(stack, made_with.dynamodb),
        queues=storage.create_queues(stack, made_with.sqs),
        buses=bus.create_buses(stack, made_with.events),
        bridges=bus.create_rules(stack, made_with.events, made_with.sqs),
        topic_bridges=_topics(stack, made_with),
    )


def _topics(stack: Stack, made_with: Clients) -> list[TopicBridge]:
    """After the queues: moto wants a subscribed queue to exist."""
    if not any(stack.of_type("AWS::SNS::Topic")):
        return []
    return topics.create_topics(stack, made_with.other("sns"), made_with.sqs)


@contextlib.contextmanager
def _no_profile() -> Iterator[None]:
    """A developer's AWS_PROFILE that does not exist must not stop a local run."""
    profile = os.environ.pop("AWS_PROFILE", None)
    try:
        yield
    finally:
        if profile is not None:
            os.environ["AWS_PROFILE"] = profile
