"""Makes a stack's tables, queues and streams in the local AWS."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from local.cloud.stack import Resolved, Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

# What CreateTable takes as the template words it; encryption, tags, backups change nothing here.
TABLE_PROPERTIES = (
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "ProvisionedThroughput",
)
QUEUE_ATTRIBUTES = (
    "ContentBasedDeduplication",
    "DelaySeconds",
    "FifoQueue",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "VisibilityTimeout",
)


def create_tables(stack: Stack, dynamodb: "DynamoDBClient") -> list[str]:
    names = []
    for table in stack.of_type("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"):
        name = table.identity.ref
        dynamodb.create_table(TableName=name, **_table_arguments(table))
        ttl = table.get("TimeToLiveSpecification")
        if ttl and ttl.get("Enabled", True):
            dynamodb.update_time_to_live(
                TableName=name,
                TimeToLiveSpecification={"AttributeName": ttl["AttributeName"], "Enabled": True},
            )
        names.append(name)
    return names


def create_queues(stack: Stack, sqs: "SQSClient") -> list[str]:
    """Dead-letter queues first: moto wants a redrive policy's target to exist."""
    queues = sorted(stack.of_type("AWS::SQS::Queue"), key=lambda queue: "RedrivePolicy" in queue.properties)
    for queue in queues:
        attributes = {name: _text(queue.get(name)) for name in QUEUE_ATTRIBUTES if name in queue.properties}
        sqs.create_queue(QueueName=queue.identity.attributes["QueueName"], Attributes=attributes)  # type: ignore[arg-type]  # the template's own words
    return [queue.identity.attributes["QueueName"] for queue in queues]


def create_streams(stack: Stack, kinesis: Any) -> None:
    for stream in stack.of_type("AWS::Kinesis::Stream"):
        kinesis.create_stream(StreamName=stream.identity.ref, ShardCount=int(stream.number("ShardCount", 1)))


def _table_arguments(table: Resolved) -> Any:
    arguments = {name: table.get(name) for name in TABLE_PROPERTIES if name in table.properties}
    stream = table.get("StreamSpecification")
    if stream:
        arguments["StreamSpecification"] = {"StreamEnabled": True, **stream}
    if arguments.get("BillingMode") != "PAY_PER_REQUEST" and "ProvisionedThroughput" not in arguments:
        arguments["BillingMode"] = "PAY_PER_REQUEST"
    return _typed(arguments)


def _typed(value: Any) -> Any:
    """Templates may write numbers as text; the API does not take them so."""
    if isinstance(value, Mapping):
        return {
            key: int(item) if key.endswith("CapacityUnits") else _typed(item) for key, item in value.items()
        }
    return [_typed(item) for item in value] if isinstance(value, list) else value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, Mapping) else str(value)
