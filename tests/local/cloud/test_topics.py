"""SNS topics: what is subscribed to them, and how a function gets its notifications."""

import asyncio
from typing import Any

import pytest

from local.clock import MovableClock
from local.cloud.errors import TemplateError
from local.cloud.resources import Clients, create
from local.cloud.sqs import Sqs
from local.cloud.targets import Targets
from local.cloud.topics import TopicPoller
from tests.local.cloud.conftest import MakeStack
from tests.local.cloud.local_aws import FakeFunctions

pytestmark = pytest.mark.network

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:reader"
RESOURCES: dict[str, Any] = {
    "Topic": {
        "Type": "AWS::SNS::Topic",
        "Properties": {
            "TopicName": "news",
            "Subscription": [
                {"Protocol": "lambda", "Endpoint": FUNCTION},
                {"Protocol": "email", "Endpoint": "ann@example.com"},
            ],
        },
    },
    "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "copies"}},
    "ToQueue": {
        "Type": "AWS::SNS::Subscription",
        "Properties": {
            "TopicArn": {"Ref": "Topic"},
            "Protocol": "sqs",
            "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]},
            "RawMessageDelivery": True,
            "FilterPolicy": {"kind": ["big"]},
        },
    },
}


async def test_functions_and_queues_get_what_they_subscribed_to(
    make_stack: MakeStack, made_with: Clients, sqs: Sqs
) -> None:
    stack = make_stack(RESOURCES)
    made = await asyncio.to_thread(create, stack, made_with)
    functions = FakeFunctions()
    targets = Targets(sqs=sqs, events=made_with.events, naming=stack.naming, clock=MovableClock())
    targets.functions = functions
    [bridge] = made.topic_bridges
    poller = TopicPoller(sqs, bridge, targets=targets)
    poller.start()
    sns = made_with.other("sns")
    for message, kind in (("small news", "small"), ("big news", "big")):
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        await asyncio.to_thread(
            sns.publish,
            TopicArn=stack.ref("Topic"),
            Message=message,
            Subject="S",
            MessageAttributes=attributes,
        )
    await functions.until(lambda: len(functions.submitted) == 2)
    reference, event = next(
        pair for pair in functions.submitted if pair[1]["Records"][0]["Sns"]["Message"] == "big news"
    )
    [record] = event["Records"]
    assert reference == FUNCTION
    assert (record["EventSource"], record["EventVersion"]) == ("aws:sns", "1.0")
    assert record["EventSubscriptionArn"].startswith(stack.ref("Topic"))
    assert record["Sns"]["TopicArn"] == stack.ref("Topic")
    assert (record["Sns"]["Subject"], record["Sns"]["MessageAttributes"]["kind"]["Value"]) == ("S", "big")
    copies = await sqs.receive(stack.ref("Queue"), wait_seconds=0)
    assert [message["Body"] for message in copies] == ["big news"]
    await poller.close()
    sns.close()


async def test_a_subscription_without_an_endpoint_is_named(make_stack: MakeStack, made_with: Clients) -> None:
    subscription = {
        "Type": "AWS::SNS::Subscription",
        "Properties": {"TopicArn": {"Ref": "Topic"}, "Protocol": "sqs"},
    }
    with pytest.raises(TemplateError, match="Lost: the subscription's Endpoint is missing"):
        await asyncio.to_thread(create, make_stack({**RESOURCES, "Lost": subscription}), made_with)
