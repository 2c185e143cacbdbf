"""What is only run on AWS, on an account in memory: where a stage is, and the questions to its services."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ops.stage import Stage
from verify.chapters.questions import delivery_age_when_idle, mapping_key
from verify.check import NotAskedError
from verify.place import Place, find
from verify.world import World

REGION = "us-east-1"
ADDRESS = "wss://abc.execute-api.us-east-1.amazonaws.com/dev"
MANAGEMENT = "https://abc.execute-api.us-east-1.amazonaws.com/dev"
QUEUES = ("Delivery", "Parts", "RejectedEvents", "DeliveryFailed", "PublisherFailed", "SchedulerFailed")


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


def aws(service: Any) -> Any:
    return boto3.client(service, region_name=REGION)


def world(management: str = MANAGEMENT) -> World:
    place = Place(Stage("dev", region=REGION), ADDRESS, management, 0.0)
    return World(place=place, authenticates=False, source="tests")


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("asked", "found"), [(None, ADDRESS), ("wss://api.example.com/ws", "wss://api.example.com/ws")]
)
def test_a_deployed_stage_is_found_by_its_outputs(asked: str | None, found: str) -> None:
    outputs = {"WebSocketUrl": {"Value": ADDRESS}, "ManagementEndpoint": {"Value": MANAGEMENT}}
    template = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}, "Outputs": outputs}
    aws("cloudformation").create_stack(StackName="tidings-dev", TemplateBody=json.dumps(template))
    place = find(Stage("dev", region=REGION), asked, {})
    assert (place.address, place.management, place.ahead_seconds) == (found, MANAGEMENT, 0.0)


@pytest.mark.usefixtures("account")
async def test_the_mapping_key_is_what_aws_holds() -> None:
    gateway = aws("apigatewayv2")
    api = gateway.create_api(Name="tidings-dev", ProtocolType="WEBSOCKET")["ApiId"]
    gateway.create_stage(ApiId=api, StageName="dev")
    gateway.create_domain_name(DomainName="api.example.com")
    gateway.create_api_mapping(ApiId=api, DomainName="api.example.com", Stage="dev", ApiMappingKey="ws")
    here = world(MANAGEMENT.replace("abc", api))
    await mapping_key(here)
    assert list(here.answers.values()) == ["AWS holds 'ws' on api.example.com"]
    with pytest.raises(NotAskedError, match="no domain"):
        await mapping_key(world())
    with pytest.raises(NotAskedError, match="closed"):
        await mapping_key(world("https://api.example.com/ws"))


@pytest.mark.usefixtures("account")
async def test_the_age_of_deliveries_is_the_greatest_that_cloudwatch_has() -> None:
    for name in QUEUES:
        aws("sqs").create_queue(QueueName=f"tidings-dev-Queues{name}1A2B3C4D-ABCDEFGHIJKL")
    with pytest.raises(NotAskedError, match="no figures"):
        await delivery_age_when_idle(world())
    for age in (12.0, 31.0):
        aws("cloudwatch").put_metric_data(
            Namespace="AWS/SQS",
            MetricData=[
                {
                    "MetricName": "ApproximateAgeOfOldestMessage",
                    "Dimensions": [
                        {"Name": "QueueName", "Value": "tidings-dev-QueuesDelivery1A2B3C4D-ABCDEFGHIJKL"}
                    ],
                    "Timestamp": datetime.now(UTC) - timedelta(minutes=10),
                    "Value": age,
                }
            ],
        )
    here = world()
    await delivery_age_when_idle(here)
    assert list(here.answers.values()) == ["at most 31 s; periods seen: 1"]
