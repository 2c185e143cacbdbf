"""Properties that AWS acts on and the local run passes over: said at the start, one line each."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from local.cloud.intrinsics import SSM_VALUE
from local.cloud.layers import elsewhere
from local.cloud.resource_types import MADE
from local.cloud.stack import Stack

V2 = "AWS::ApiGatewayV2::"
GIVE = "give it with --ssm NAME=VALUE or --secret NAME=VALUE"
CDK_VERSION = "BootstrapVersion"
"""The CDK's own parameter, which only its rules read."""
HARMLESS = {"AWS::IAM::Role", "AWS::Logs::LogGroup", "AWS::ApiGatewayV2::DomainName"}
"""Not run, and named where only the name matters."""
_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")
ROUTE = {
    "ApiKeyRequired": "no API key is asked for",
    "RequestModels": "messages are not checked against models",
    "RequestParameters": "parameters are not checked",
}


def passed_over(stack: Stack) -> Iterator[str]:
    yield from _of_the_api(stack)
    yield from _of_functions(stack)
    yield from _of_parameters(stack)


def _of_the_api(stack: Stack) -> Iterator[str]:
    for api in stack.of_type(f"{V2}Api"):
        if api.get("ProtocolType") != "WEBSOCKET":
            yield f"{api.where}: ProtocolType {api.get('ProtocolType')}: only WebSocket APIs are served"
    for route in stack.of_type(f"{V2}Route"):
        for name, what in ROUTE.items():
            if route.get(name) not in (None, False, "false"):
                yield f"{route.where}: {name}: {what}"


def _of_functions(stack: Stack) -> Iterator[str]:
    for function in stack.of_type("AWS::Lambda::Function"):
        for arn in elsewhere(stack, function):
            yield f"{function.where}: Layers: {arn} is not in the template; install what it holds"
        for name, value in _variables(function.resource.properties).items():
            for logical_id in sorted(_named(value)):
                other = stack.template.resources.get(logical_id)
                if other is not None and other.type not in MADE and other.type not in HARMLESS:
                    yield (
                        f"{function.where}: Environment.Variables.{name} names {logical_id}, "
                        f"which is not run ({other.type})"
                    )
        for name, value in function.get("Environment", {}).get("Variables", {}).items():
            if "{{resolve:" in str(value):
                yield f"{function.where}: Environment.Variables.{name}: {value} is not known: {GIVE}"


def _variables(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    found = (properties.get("Environment") or {}).get("Variables") or {}
    return found if isinstance(found, Mapping) else {}


def _named(value: Any) -> set[str]:
    """Logical ids that the value refers to."""
    if isinstance(value, list):
        return {name for item in value for name in _named(item)}
    if not isinstance(value, Mapping):
        return set()
    names = {name for item in value.values() for name in _named(item)}
    match value:
        case {"Ref": str() as name} | {"Fn::GetAtt": [str() as name, *_]}:
            names.add(name)
        case {"Fn::GetAtt": str() as text}:
            names.add(text.partition(".")[0])
        case {"Fn::Sub": str() as text} | {"Fn::Sub": [str() as text, *_]}:
            names |= {name.partition(".")[0] for name in _VARIABLE.findall(text)}
    return names


def _of_parameters(stack: Stack) -> Iterator[str]:
    for name, declared in stack.template.parameters.items():
        default = declared.get("Default")
        unknown = str(declared.get("Type")).startswith(SSM_VALUE) and stack.parameter(str(default)) is None
        if unknown and name != CDK_VERSION:
            yield f"parameter {name}: {default} is not known: {GIVE}"
