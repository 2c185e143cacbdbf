"""A template as it stands in a file: JSON, or YAML with CloudFormation's short intrinsics."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from local.cloud.errors import TemplateError


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


def read(file: Path) -> Mapping[str, Any]:
    """Raises TemplateError."""
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
    return raw
