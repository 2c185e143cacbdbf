"""The cdk-nag findings that stay, each at its own construct and with its reason."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, cast

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import Construct, IConstruct

from infra.config import StageConfig
from infra.parts.functions import FUNCTIONS

if TYPE_CHECKING:
    from aws_cdk import CfnElement


LOGGING_POLICY = "arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"


class Finding(NamedTuple):
    rule: str
    path: str
    """Of the construct below ours."""
    reason: str


def acknowledge_findings(tidings: Construct, config: StageConfig) -> None:
    for finding in findings(tidings, config):
        acknowledgment = Acknowledgment(id=finding.rule, reason=finding.reason)
        Validations.of(_construct_at(tidings, finding.path)).acknowledge(acknowledgment)


def _construct_at(scope: IConstruct, path: str) -> IConstruct:
    for name in path.split("/"):
        scope = scope.node.find_child(name)
    return scope


def findings(tidings: Construct, config: StageConfig) -> Iterator[Finding]:
    yield Finding(
        "AwsSolutions-APIG4",
        "WebSocket/Api/$connect-Route",
        "$connect authenticates in the function: a WebSocket API does not cache what an authorizer says, so "
        "one would be a second Lambda in every handshake",
    )
    for route in ("$disconnect", "$default", "pong"):
        yield Finding(
            "AwsSolutions-APIG4",
            f"WebSocket/Api/{route}-Route",
            "API Gateway takes an authorizer on $connect only; what comes later is of that connection",
        )
    for queue in ("PublisherFailed", "SchedulerFailed"):
        yield Finding(
            "AwsSolutions-SQS3",
            f"Queues/{queue}",
            "It is the dead-letter queue of a rule's target and of a function's failed events",
        )
    yield Finding(
        "AwsSolutions-SQS3",
        "Queues/RejectedEvents",
        "Nothing consumes it: events that are not valid wait in it for a person, and an alarm says so",
    )
    for name in FUNCTIONS if config.tracing else ():
        yield Finding(
            "AwsSolutions-IAM5[Resource::*]",
            f"{name.capitalize()}Function/Role/DefaultPolicy",
            "xray:PutTraceSegments and xray:PutTelemetryRecords can be limited to no resource",
        )
    api_id = Stack.of(tidings).get_logical_id(
        cast("CfnElement", _construct_at(tidings, "WebSocket/Api/Resource"))
    )
    for method in ("POST", "DELETE"):
        yield Finding(
            f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:"
            f"<{api_id}>/{config.stage}/{method}/@connections/*]",
            "PublisherFunction/Role/DefaultPolicy",
            "The publisher reaches any connection of its stage: ids are not known before they exist",
        )
    kept = {"Access", "Events", "Schedule"} if config.keep_data else set()
    for table in sorted({"Access", "Connections", "Subscriptions", "Events", "Schedule"} - kept):
        yield Finding(
            "AwsSolutions-DDB3",
            f"Storage/{table}",
            "What this table holds is worth nothing without the stack; point-in-time recovery is for what is",
        )
    if config.account_logging_role:
        yield Finding(
            f"AwsSolutions-IAM4[Policy::{LOGGING_POLICY}]",
            "WebSocket/AccountLogging/Role",
            "The policy AWS names for this role; it serves every API of the account and Region",
        )
