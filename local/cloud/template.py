"""A template as the local run takes it: SAM expanded, nested stacks and the stacks beside it within it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.cloud.errors import TemplateError
from local.cloud.nested import Whole, assembled, flattened
from local.cloud.read import read


@dataclass(frozen=True, slots=True)
class Resource:
    logical_id: str
    type: str
    properties: Mapping[str, Any]
    directory: Path
    """Of its template: paths in the properties begin there."""
    condition: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """The resource as a person knows it: the construct's path when the CDK has left one."""
        path = self.metadata.get("aws:cdk:path")
        return f"{self.logical_id} ({path})" if path else self.logical_id


@dataclass(frozen=True, slots=True)
class Template:
    stack_name: str
    resources: Mapping[str, Resource]
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    mappings: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)


def load(path: Path) -> Template:
    """Read a template file, or a folder of the CDK with the stacks that belong to one WebSocket API.

    Raises TemplateError.
    """
    if not path.is_dir():
        return _template(flattened(read(path), path.parent), _stack_name(path))
    files = _templates_in(path)
    wholes = {_stack_name(file): flattened(read(file), file.parent) for file in files}
    if len(wholes) == 1:
        [(name, whole)] = wholes.items()
        return _template(whole, name)
    mains = [name for name, whole in wholes.items() if _has_websocket_api(whole)]
    if len(mains) != 1:
        names = ", ".join(file.name for file in files if _stack_name(file) in mains or not mains) or "none"
        raise TemplateError(
            f"{path} must hold one template with a WebSocket API, give one by its path: {names}"
        )
    others = {name: whole for name, whole in wholes.items() if name not in mains}
    return _template(assembled(wholes[mains[0]], others), mains[0])


def parse(raw: Mapping[str, Any], *, stack_name: str, directory: Path) -> Template:
    """Raises TemplateError."""
    return _template(flattened(raw, directory), stack_name)


def _template(whole: Whole, stack_name: str) -> Template:
    raw = whole.template
    return Template(
        stack_name=stack_name,
        resources={
            logical_id: _resource(logical_id, body, whole.directories.get(logical_id, Path()))
            for logical_id, body in raw["Resources"].items()
        },
        parameters=raw.get("Parameters") or {},
        conditions=raw.get("Conditions") or {},
        mappings=raw.get("Mappings") or {},
        outputs=raw.get("Outputs") or {},
    )


def _resource(logical_id: str, body: Any, directory: Path) -> Resource:
    if not isinstance(body, Mapping) or not isinstance(body.get("Type"), str):
        raise TemplateError(f"{logical_id}: not a resource that the local run can read: it has no Type")
    properties = body.get("Properties") or {}
    if not isinstance(properties, Mapping):
        raise TemplateError(f"{logical_id}: Properties is not a map")
    return Resource(
        logical_id=logical_id,
        type=body["Type"],
        properties=properties,
        directory=directory,
        condition=body.get("Condition"),
        metadata=body.get("Metadata") or {},
    )


def _stack_name(file: Path) -> str:
    return file.name.removesuffix(file.suffix).removesuffix(".template")


def _templates_in(folder: Path) -> list[Path]:
    """The templates of the stacks, as the CDK's manifest lists them; not those of nested stacks."""
    manifest = folder / "manifest.json"
    if manifest.is_file():
        artifacts = json.loads(manifest.read_text()).get("artifacts", {}).values()
        kind = "aws:cloudformation:stack"
        found = [folder / each["properties"]["templateFile"] for each in artifacts if each["type"] == kind]
    else:
        found = [file for file in folder.glob("*.template.json") if ".nested." not in file.name]
    if not found:
        below = ", ".join(sorted(inner.name for inner in folder.glob("assembly-*"))) or "none"
        raise TemplateError(f"{folder} holds no *.template.json; assemblies in it: {below}")
    return sorted(found)


def _has_websocket_api(whole: Whole) -> bool:
    return any(
        isinstance(body, Mapping)
        and body.get("Type") == "AWS::ApiGatewayV2::Api"
        and (body.get("Properties") or {}).get("ProtocolType") == "WEBSOCKET"
        for body in whole.template["Resources"].values()
    )
