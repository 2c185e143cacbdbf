"""Reading a synthesised template without its logical ids' hashes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Template:
    body: Mapping[str, Any]

    @property
    def outputs(self) -> Mapping[str, Any]:
        return {name: output["Value"] for name, output in self.body["Outputs"].items()}

    def resources(self, resource_type: str) -> dict[str, dict[str, Any]]:
        """Logical id -> the whole resource, of one type."""
        return {
            name: resource
            for name, resource in self.body["Resources"].items()
            if resource["Type"] == resource_type
        }

    def properties(self, resource_type: str, *, name: str = "") -> dict[str, Any]:
        """The properties of the only resource of the type whose logical id starts with the name."""
        (found,) = (
            resource["Properties"]
            for logical_id, resource in self.resources(resource_type).items()
            if logical_id.startswith(name)
        )
        return dict(found)


def logical_id_of(value: Any) -> str:
    """The one resource a Ref, GetAtt or Join points to, pseudo parameters left out."""
    (found,) = references(value)
    return found


def references(value: Any) -> set[str]:
    match value:
        case {"Ref": name}:
            return set() if name.startswith("AWS::") else {name}
        case {"Fn::GetAtt": [name, _]}:
            return {name}
        case dict():
            return set().union(*(references(item) for item in value.values()))
        case list():
            return set().union(*(references(item) for item in value))
    return set()
