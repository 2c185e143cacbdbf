"""SNS topics and their subscriptions. moto delivers to queues; functions get theirs over a bridge queue."""

import json
from dataclasses import dataclass
from typing import Any

from local.cloud.bus import BRIDGE_PREFIX
from local.cloud.errors import TemplateError
from local.cloud.identities import short_id
from local.cloud.poller import Poller
from local.cloud.sqs import Sqs
from local.cloud.stack import Resolved, Stack
from local.cloud.targets import Targets

CONCURRENCY = 50
# How Lambda names what a notification calls otherwise.
_RENAMED = {"SigningCertURL": "SigningCertUrl", "UnsubscribeURL": "UnsubscribeUrl"}


@dataclass(frozen=True, slots=True)
class TopicBridge:
    """Notifications for one function wait in this queue."""

    queue_url: str
    subscription_arn: str
    function: str


def create_topics(stack: Stack, sns: Any, sqs: Any) -> list[TopicBridge]:
    """Raises TemplateError. Subscriptions stand with their topic or as resources of their own."""
    subscriptions: list[tuple[str, Resolved, dict[str, Any]]] = []
    for topic in stack.of_type("AWS::SNS::Topic"):
        fifo = {"FifoTopic": "true"} if topic.get("FifoTopic") in (True, "true") else {}
        sns.create_topic(Name=topic.identity.attributes["TopicName"], Attributes=fifo)
        subscriptions += [(topic.identity.ref, topic, each) for each in topic.get("Subscription") or []]
    for found in stack.of_type("AWS::SNS::Subscription"):
        subscriptions.append((found.require("TopicArn"), found, dict(found.properties)))
    bridges = [_subscribe(stack, each, sns, sqs) for each in subscriptions]
    return [bridge for bridge in bridges if bridge is not None]


def _subscribe(
    stack: Stack, subscription: tuple[str, Resolved, dict[str, Any]], sns: Any, sqs: Any
) -> TopicBridge | None:
    topic, found, properties = subscription
    protocol, endpoint = properties.get("Protocol"), properties.get("Endpoint")
    attributes = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name in ("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery")
        if (value := properties.get(name)) is not None
    }
    if protocol not in {"lambda", "sqs"}:
        return None  # mail, text messages and web addresses: nothing is sent from this machine
    if not isinstance(endpoint, str):
        raise TemplateError(f"{found.where}: the subscription's Endpoint is missing")
    if protocol == "sqs":
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint, Attributes=attributes)
        return None
    name = f"{BRIDGE_PREFIX}{topic.rpartition(':')[2]}-{short_id(topic + endpoint)}"[-80:]
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    attributes.pop("RawMessageDelivery", None)
    arn = sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=stack.naming.arn("sqs", name), Attributes=attributes
    )["SubscriptionArn"]
    return TopicBridge(url, arn, endpoint)


class TopicPoller(Poller):
    """Hands a topic's notifications to a function, one event each, as Lambda's asynchronous invocations."""

    def __init__(self, sqs: Sqs, bridge: TopicBridge, *, targets: Targets) -> None:
        super().__init__(sqs, bridge.queue_url, concurrency=CONCURRENCY)
        self._bridge = bridge
        self._targets = targets

    async def work_on(self, messages: list[dict[str, Any]]) -> None:
        for message in messages:
            notification = json.loads(message["Body"])
            sns = {_RENAMED.get(name, name): value for name, value in notification.items()}
            record = {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": self._bridge.subscription_arn,
                "Sns": {"Subject": None, "MessageAttributes": {}, **sns},
            }
            await self._targets.send(self._bridge.function, json.dumps({"Records": [record]}), {})
        await self._sqs.delete(self.queue_url, [message["ReceiptHandle"] for message in messages])
