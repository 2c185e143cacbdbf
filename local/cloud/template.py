"""A synthesised CloudFormation template as read from disk, JSON or YAML with short intrinsics."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from local.cloud.errors import TemplateError
from local.cloud.sam import expand


@dataclass(frozen=True, slots=True)
class Resource:
    logical_id: str
    type: str
    properties: Mapping[str, Any]
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
    directory: Path
    resources: Mapping[str, Resource]
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    mappings: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)


class _Loader(yaml.SafeLoader):
    """YAML as CloudFormation reads it."""


def _short_intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise TemplateError(f"!{suffix} has no value that YAML can hold")
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_intrinsic)


def load(path: Path) -> Template:
    """Read a template file, or the one template of a cdk.out folder. Raises TemplateError."""
    file = _template_in(path) if path.is_dir() else path
    try:
        text = file.read_text()
    except OSError as exc:
        raise TemplateError(f"cannot read {file}: {exc.strerror}") from exc
    try:
        raw = json.loads(text) if text.lstrip().startswith("{") else yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except (ValueError, yaml.YAMLError) as exc:
        said = " ".join(str(exc).split())
        raise TemplateError(f"{file} is neither JSON nor YAML: {said}") from exc
    if not isinstance(raw, dict) or not isinstance(raw.get("Resources"), dict):
        raise TemplateError(f"{file} is no CloudFormation template: it has no Resources")
    name = file.name.removesuffix(file.suffix).removesuffix(".template")
    return parse(raw, stack_name=name, directory=file.parent)


def parse(raw: Mapping[str, Any], *, stack_name: str, directory: Path) -> Template:
    """Raises TemplateError. Resource types of the Serverless Application Model are expanded."""
    raw = expand(raw)
    resources = {logical_id: _resource(logical_id, body) for logical_id, body in raw["Resources"].items()}
    return Template(
        stack_name=stack_name,
        directory=directory,
        resources=resources,
        parameters=raw.get("Parameters") or {},
        conditions=raw.get("Conditions") or {},
        mappings=raw.get("Mappings") or {},
        outputs=raw.get("Outputs") or {},
    )


def _resource(logical_id: str, body: Any) -> Resource:
    if not isinstance(body, Mapping) or not isinstance(body.get("Type"), str):
        raise TemplateError(f"{logical_id}: not a resource that the local run can read: it has no Type")
    properties = body.get("Properties") or {}
    if not isinstance(properties, Mapping):
        raise TemplateError(f"{logical_id}: Properties is not a map")
    return Resource(
        logical_id=logical_id,
        type=body["Type"],
        properties=properties,
        condition=body.get("Condition"),
        metadata=body.get("Metadata") or {},
    )


def _template_in(folder: Path) -> Path:
    found = sorted(folder.glob("*.template.json"))
    if len(found) != 1:
        names = ", ".join(file.name for file in found) or "none"
        raise TemplateError(f"{folder} must hold one *.template.json, it has: {names}")
    return found[0]
