"""Makes buses, archives and rules in moto.

moto matches events and hands them to queues. Functions, and queues that want a transformed event (moto
ignores Input and InputPath), get theirs over a bridge queue, which a poller empties.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.cloud import input_transform
from local.cloud.errors import TemplateError
from local.cloud.identities import bus_name, short_id
from local.cloud.ingestion import WITH_INGESTION_TIME
from local.cloud.stack import Resolved, Stack
from local.cloud.targets import Target

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

TRANSFORMS = ("Input", "InputPath", "InputTransformer")
BRIDGE_PREFIX = "bridge-"


@dataclass(frozen=True, slots=True)
class Bridge:
    """Events for one target wait in this queue."""

    queue_url: str
    target: Target


@dataclass(frozen=True, slots=True)
class Schedule:
    """A rule that fires by the clock."""

    name: str
    arn: str
    expression: str
    targets: tuple[Target, ...]


def create_buses(stack: Stack, events: "EventBridgeClient") -> list[str]:
    names = []
    for bus in stack.of_type("AWS::Events::EventBus"):
        names.append(bus.identity.attributes["Name"])
        events.create_event_bus(Name=names[-1])
    for archive in stack.of_type("AWS::Events::Archive"):
        events.create_archive(
            ArchiveName=archive.identity.ref,
            EventSourceArn=archive.require("SourceArn"),
            RetentionDays=int(archive.get("RetentionDays", 0)),
            **(
                {"EventPattern": json.dumps(archive.get("EventPattern"))}
                if archive.get("EventPattern")
                else {}
            ),
        )
    return names


def create_rules(stack: Stack, events: "EventBridgeClient", sqs: "SQSClient") -> list[Bridge]:
    bridges = []
    for rule in stack.of_type("AWS::Events::Rule"):
        if "EventPattern" not in rule.properties:
            continue
        bus, name = bus_name(rule.get("EventBusName")), _name(rule)
        events.put_rule(
            Name=name,
            EventBusName=bus,
            EventPattern=json.dumps(rule.get("EventPattern")),
            State=rule.get("State", "ENABLED"),
        )
        for target in targets_of(rule):
            native: dict[str, Any] = {"Id": target.properties["Id"], "Arn": target.arn}
            if _needs_bridge(target):
                bridge_name = f"{BRIDGE_PREFIX}{name}-{short_id(target.arn)}"[:80]
                url = sqs.create_queue(QueueName=bridge_name)["QueueUrl"]
                bridges.append(Bridge(url, target))
                native["Arn"] = stack.naming.arn("sqs", bridge_name)
                native["InputTransformer"] = {"InputTemplate": WITH_INGESTION_TIME}
            elif "SqsParameters" in target.properties:
                native["SqsParameters"] = target.properties["SqsParameters"]
            events.put_targets(Rule=name, EventBusName=bus, Targets=[native])  # type: ignore[list-item]  # built above
    return bridges


def schedules(stack: Stack) -> Iterator[Schedule]:
    for rule in stack.of_type("AWS::Events::Rule"):
        if "ScheduleExpression" in rule.properties and rule.get("State", "ENABLED") == "ENABLED":
            arn = rule.identity.attributes["Arn"]
            yield Schedule(_name(rule), arn, rule.get("ScheduleExpression"), tuple(targets_of(rule)))


def targets_of(rule: Resolved) -> Iterator[Target]:
    for properties in rule.get("Targets", []):
        target = Target(rule.identity.attributes["Arn"], properties["Arn"], properties)
        if target.service not in {"lambda", "sqs", "events"}:
            raise TemplateError(f"{rule.where}: the local run has no rule targets of {target.service}")
        input_transform.check(properties, rule.where)
        yield target


def _needs_bridge(target: Target) -> bool:
    return target.service == "lambda" or any(name in target.properties for name in TRANSFORMS)


def _name(rule: Resolved) -> str:
    return rule.identity.ref.rpartition("|")[2]
