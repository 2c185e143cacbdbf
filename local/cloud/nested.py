"""Several templates as one: nested stacks, and the stacks of a cloud assembly that belong together."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.cloud.joined import SECTIONS, Joining, with_outputs
from local.cloud.read import read
from local.cloud.sam import expand

NESTED = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}


@dataclass(frozen=True, slots=True)
class Whole:
    template: Mapping[str, Any]
    directories: Mapping[str, Path]
    """Of each resource by its logical id: where its template lies."""


def flattened(raw: Mapping[str, Any], directory: Path) -> Whole:
    """A template with its nested stacks within it. Raises TemplateError."""
    raw = expand(raw)
    sections = {section: dict(raw.get(section) or {}) for section in SECTIONS}
    directories = dict.fromkeys(sections["Resources"], directory)
    outputs: dict[str, dict[str, Any]] = {}
    for logical_id, body in raw["Resources"].items():
        place = _place(body, directory)
        if place is None:
            continue
        whole = flattened(read(place), place.parent)
        passed = (body.get("Properties") or {}).get("Parameters") or {}
        added = Joining(logical_id, whole.template, passed, body.get("Condition")).sections()
        del sections["Resources"][logical_id]
        outputs[logical_id] = {
            name.removeprefix(logical_id): output["Value"] for name, output in added.pop("Outputs").items()
        }
        directories |= {f"{logical_id}{name}": folder for name, folder in whole.directories.items()}
        for section, names in added.items():
            sections[section] |= names
    while outputs and (replaced := with_outputs(sections, outputs)) != sections:
        sections = replaced  # what a stack was passed may be another one's output
    return Whole({**raw, **sections}, directories)


def assembled(main: Whole, others: Mapping[str, Whole]) -> Whole:
    """One stack with the others of its assembly beside it; `Fn::ImportValue` finds their exports."""
    sections = {section: dict(main.template.get(section) or {}) for section in SECTIONS}
    directories = dict(main.directories)
    for name, other in others.items():
        prefix = "".join(letter for letter in name if letter.isalnum())
        for section, added in Joining(prefix, other.template).sections().items():
            sections[section] |= added
        directories |= {f"{prefix}{logical_id}": folder for logical_id, folder in other.directories.items()}
    return Whole({**main.template, **sections}, directories)


def _place(body: Any, directory: Path) -> Path | None:
    """The template of a nested stack, where it lies beside this one."""
    if not isinstance(body, Mapping) or body.get("Type") not in NESTED:
        return None
    asset = (body.get("Metadata") or {}).get("aws:asset:path")
    path = asset or (body.get("Properties") or {}).get(NESTED[body["Type"]])
    if not isinstance(path, str) or "://" in path:
        return None
    return directory / path
