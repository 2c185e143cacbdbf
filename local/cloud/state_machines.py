"""Makes a stack's state machines in the local AWS, which runs them."""

import json
import re
from typing import TYPE_CHECKING, Any

import yaml

from local.cloud.errors import TemplateError
from local.cloud.stack import Resolved, Stack

if TYPE_CHECKING:
    from collections.abc import Mapping

_SUBSTITUTION = re.compile(r"\$\{([A-Za-z0-9_]+)\}")


def create_state_machines(stack: Stack, stepfunctions: Any) -> None:
    """Raises TemplateError."""
    for found in stack.of_type("AWS::StepFunctions::StateMachine"):
        stepfunctions.create_state_machine(
            name=found.identity.attributes["Name"],
            type=found.get("StateMachineType", "STANDARD"),
            definition=stack.localised_hosts(_definition(found)),
            # Nobody checks permissions here, but a machine has a role.
            roleArn=found.get("RoleArn") or f"arn:aws:iam::{stack.account.account_id}:role/local",
        )


def _definition(found: Resolved) -> str:
    if (text := found.get("DefinitionString")) is None:
        text = json.dumps(found.get("Definition") or _from_file(found))
    values: Mapping[str, Any] = found.get("DefinitionSubstitutions") or {}
    return _SUBSTITUTION.sub(lambda match: str(values.get(match[1], match[0])), text)


def _from_file(found: Resolved) -> Any:
    name = found.get("DefinitionUri")
    if not isinstance(name, str) or name.startswith("s3:"):
        raise TemplateError(f"{found.where}: the local run needs the definition in the template or in a file")
    file = found.resource.directory / name
    try:
        return yaml.safe_load(file.read_text())  # JSON is YAML, too
    except (OSError, yaml.YAMLError) as exc:
        raise TemplateError(f"{found.where}: DefinitionUri: cannot read {file}: {exc}") from exc
