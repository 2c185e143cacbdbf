"""A function's Events: queues, rules and schedules. Other sources stay, as types that are not run.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html
"""

from collections.abc import Mapping
from typing import Any

from local.cloud.sam.generated import Generated, required

MAPPING = (
    "BatchSize",
    "Enabled",
    "FilterCriteria",
    "FunctionResponseTypes",
    "MaximumRetryAttempts",
    "MaximumBatchingWindowInSeconds",
    "ScalingConfig",
)
SOURCES = {"SQS": "Queue", "DynamoDB": "Stream"}
TARGET = ("DeadLetterConfig", "Input", "InputPath", "InputTransformer", "RetryPolicy")


def add_event(generated: Generated, logical_id: str, event: Mapping[str, Any], function_arn: Any) -> None:
    kind = required(logical_id, event, "Type")
    properties = event.get("Properties") or {}
    if kind in SOURCES:
        mapping = {name: properties.get(name) for name in MAPPING}
        mapping["EventSourceArn"] = required(logical_id, properties, SOURCES[kind])
        mapping["FunctionName"] = function_arn
        generated.add(logical_id, "AWS::Lambda::EventSourceMapping", mapping)
    elif kind in ("Schedule", "EventBridgeRule", "CloudWatchEvent"):
        generated.add(logical_id, "AWS::Events::Rule", _rule(logical_id, kind, properties, function_arn))
    else:
        generated.add(logical_id, f"AWS::Serverless::Function event {kind}", {})


def _rule(logical_id: str, kind: str, properties: Mapping[str, Any], function_arn: Any) -> dict[str, Any]:
    target = {name: properties[name] for name in TARGET if name in properties}
    rule = {"Targets": [{"Arn": function_arn, "Id": f"{logical_id}LambdaTarget", **target}]}
    if kind == "Schedule":
        enabled = properties.get("Enabled", True) not in (False, "false")
        rule["State"] = properties.get("State", "ENABLED" if enabled else "DISABLED")
        return {
            **rule,
            "Name": properties.get("Name"),
            "ScheduleExpression": required(logical_id, properties, "Schedule"),
        }
    return {
        **rule,
        "Name": properties.get("RuleName"),
        "State": properties.get("State"),
        "EventBusName": properties.get("EventBusName"),
        "EventPattern": required(logical_id, properties, "Pattern"),
    }
