"""What each type of resource is called: the physical name, what Ref gives and what Fn::GetAtt can give.

One entry per type; the names follow each type's page in the CloudFormation reference ("Return values").
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.cloud.intrinsics import Account

Property = Callable[[str], Any]
"""A resolved property of the resource, None when absent."""


@dataclass(frozen=True, slots=True)
class Identity:
    ref: str
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Naming:
    """What names are made of."""

    account: Account
    stack_name: str
    aws_endpoint: str

    def arn(self, service: str, resource: str) -> str:
        account = self.account
        return f"arn:{account.partition}:{service}:{account.region}:{account.account_id}:{resource}"

    def default_name(self, logical_id: str) -> str:
        return f"{self.stack_name}-{logical_id}"


Rule = Callable[[str, Property, Naming], Identity]


def _table(logical_id: str, prop: Property, naming: Naming) -> Identity:
    name = prop("TableName") or naming.default_name(logical_id)
    arn = naming.arn("dynamodb", f"table/{name}")
    return Identity(name, {"Arn": arn, "StreamArn": f"{arn}/stream/local", "TableId": logical_id})


def _queue(logical_id: str, prop: Property, naming: Naming) -> Identity:
    suffix = ".fifo" if prop("FifoQueue") in (True, "true") else ""
    name = prop("QueueName") or naming.default_name(logical_id)[: 80 - len(suffix)] + suffix
    url = f"{naming.aws_endpoint}/{naming.account.account_id}/{name}"
    return Identity(url, {"Arn": naming.arn("sqs", name), "QueueName": name, "QueueUrl": url})


def _bus(logical_id: str, prop: Property, naming: Naming) -> Identity:
    name = prop("Name") or naming.default_name(logical_id)
    return Identity(name, {"Arn": naming.arn("events", f"event-bus/{name}"), "Name": name})


def _rule(logical_id: str, prop: Property, naming: Naming) -> Identity:
    name = prop("Name") or naming.default_name(logical_id)
    bus = bus_name(prop("EventBusName"))
    path = name if bus == "default" else f"{bus}/{name}"
    return Identity(
        name if bus == "default" else f"{bus}|{name}", {"Arn": naming.arn("events", f"rule/{path}")}
    )


def _archive(logical_id: str, prop: Property, naming: Naming) -> Identity:
    name = prop("ArchiveName") or naming.default_name(logical_id)[:48]
    return Identity(name, {"Arn": naming.arn("events", f"archive/{name}"), "ArchiveName": name})


def _function(logical_id: str, prop: Property, naming: Naming) -> Identity:
    name = prop("FunctionName") or naming.default_name(logical_id)[:64]
    return Identity(name, {"Arn": naming.arn("lambda", f"function:{name}")})


def _version(logical_id: str, prop: Property, naming: Naming) -> Identity:
    del logical_id
    return Identity(f"{function_arn(prop('FunctionName'), naming)}:1", {"Version": "1"})


def _layer(logical_id: str, prop: Property, naming: Naming) -> Identity:
    name = prop("LayerName") or naming.default_name(logical_id)
    return Identity(naming.arn("lambda", f"layer:{name}:1"))


def _secret(logical_id: str, prop: Property, naming: Naming) -> Identity:
    name = prop("Name") or naming.default_name(logical_id)
    # Without the six characters that AWS appends: moto finds a secret by its own, or by none.
    arn = naming.arn("secretsmanager", f"secret:{name}")
    return Identity(arn, {"Id": arn, "Name": name})


def _parameter(logical_id: str, prop: Property, naming: Naming) -> Identity:
    name = prop("Name") or naming.default_name(logical_id)
    return Identity(name, {"Type": prop("Type") or "String", "Value": str(prop("Value"))})


def _alias(logical_id: str, prop: Property, naming: Naming) -> Identity:
    del logical_id
    arn = f"{function_arn(prop('FunctionName'), naming)}:{prop('Name')}"
    return Identity(arn, {"AliasArn": arn})


def _api(logical_id: str, prop: Property, naming: Naming) -> Identity:
    api_id = short_id(logical_id)
    scheme = "wss" if prop("ProtocolType") == "WEBSOCKET" else "https"
    account = naming.account
    host = f"{api_id}.execute-api.{account.region}.{account.url_suffix}"
    return Identity(api_id, {"ApiId": api_id, "ApiEndpoint": f"{scheme}://{host}"})


def _stage(logical_id: str, prop: Property, naming: Naming) -> Identity:
    del logical_id, naming
    return Identity(prop("StageName") or "$default")


def _authorizer(logical_id: str, prop: Property, naming: Naming) -> Identity:
    del prop, naming
    return Identity(short_id(logical_id), {"AuthorizerId": short_id(logical_id)})


def _api_part(logical_id: str, prop: Property, naming: Naming) -> Identity:
    del prop, naming
    return Identity(short_id(logical_id))


def _topic(logical_id: str, prop: Property, naming: Naming) -> Identity:
    suffix = ".fifo" if prop("FifoTopic") in (True, "true") else ""
    name = prop("TopicName") or naming.default_name(logical_id) + suffix
    arn = naming.arn("sns", name)
    return Identity(arn, {"TopicArn": arn, "TopicName": name})


def _state_machine(logical_id: str, prop: Property, naming: Naming) -> Identity:
    name = prop("StateMachineName") or naming.default_name(logical_id)[:80]
    arn = naming.arn("states", f"stateMachine:{name}")
    return Identity(arn, {"Arn": arn, "Name": name})


def _stream(logical_id: str, prop: Property, naming: Naming) -> Identity:
    name = prop("Name") or naming.default_name(logical_id)
    return Identity(name, {"Arn": naming.arn("kinesis", f"stream/{name}")})


def _role(logical_id: str, prop: Property, naming: Naming) -> Identity:
    name = prop("RoleName") or naming.default_name(logical_id)
    arn = f"arn:{naming.account.partition}:iam::{naming.account.account_id}:role/{name}"
    return Identity(name, {"Arn": arn, "RoleId": short_id(logical_id)})


def _log_group(logical_id: str, prop: Property, naming: Naming) -> Identity:
    name = prop("LogGroupName") or naming.default_name(logical_id)
    return Identity(name, {"Arn": naming.arn("logs", f"log-group:{name}:*")})


def _other(logical_id: str, prop: Property, naming: Naming) -> Identity:
    """A resource that is not run: a name to stand for it wherever another one mentions it."""
    del prop
    name = naming.default_name(logical_id)
    return Identity(name, {"Arn": naming.arn("local", name), "Id": short_id(logical_id)})


RULES: Mapping[str, Rule] = {
    "AWS::ApiGatewayV2::Api": _api,
    "AWS::ApiGatewayV2::Authorizer": _authorizer,
    "AWS::ApiGatewayV2::Integration": _api_part,
    "AWS::ApiGatewayV2::Route": _api_part,
    "AWS::ApiGatewayV2::Stage": _stage,
    "AWS::DynamoDB::GlobalTable": _table,
    "AWS::DynamoDB::Table": _table,
    "AWS::Events::Archive": _archive,
    "AWS::Events::EventBus": _bus,
    "AWS::Events::Rule": _rule,
    "AWS::IAM::Role": _role,
    "AWS::Kinesis::Stream": _stream,
    "AWS::Lambda::Alias": _alias,
    "AWS::Lambda::Function": _function,
    "AWS::Lambda::LayerVersion": _layer,
    "AWS::Lambda::Version": _version,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::SNS::Topic": _topic,
    "AWS::SQS::Queue": _queue,
    "AWS::SSM::Parameter": _parameter,
    "AWS::SecretsManager::Secret": _secret,
    "AWS::StepFunctions::StateMachine": _state_machine,
}


def identity_of(type_name: str, logical_id: str, prop: Property, naming: Naming) -> Identity:
    return RULES.get(type_name, _other)(logical_id, prop, naming)


def function_arn(reference: str, naming: Naming) -> str:
    return reference if reference.startswith("arn:") else naming.arn("lambda", f"function:{reference}")


def bus_name(reference: str | None) -> str:
    """The name in a bus's name or ARN; the default bus when none is said."""
    return (reference or "default").rpartition("/")[2]


def short_id(logical_id: str) -> str:
    """Ten letters and digits, as API Gateway's ids are; the same for the same logical id."""
    return hashlib.sha256(logical_id.encode()).hexdigest()[:10]
