"""What one SAM resource becomes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.cloud.errors import TemplateError


@dataclass(frozen=True, slots=True)
class Generated:
    """`resources` by logical id. `names`: what a template calls some of them (`Api.Stage`) → logical id."""

    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def add(self, logical_id: str, type_name: str, properties: Mapping[str, Any]) -> str:
        present = {name: value for name, value in properties.items() if value is not None}
        self.resources[logical_id] = {"Type": type_name, "Properties": present}
        return logical_id


def required(logical_id: str, properties: Mapping[str, Any], name: str) -> Any:
    if properties.get(name) is None:
        raise TemplateError(f"{logical_id}: property {name} is missing")
    return properties[name]


def is_intrinsic(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and len(value) == 1
        and all(name == "Ref" or name.startswith("Fn::") for name in map(str, value))
    )


def integration_uri(function_arn: Any) -> dict[str, Any]:
    text = (
        "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Fn}/invocations"
    )
    return {"Fn::Sub": [text, {"Fn": function_arn}]}
