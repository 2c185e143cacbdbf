"""AWS::Serverless::StateMachine: a state machine with its definition in the template or in a file."""

from collections.abc import Mapping
from typing import Any

from local.cloud.sam.generated import Generated


def expand_state_machine(logical_id: str, body: Mapping[str, Any]) -> Generated:
    properties = body["Properties"]
    generated = Generated()
    generated.add(
        logical_id,
        "AWS::StepFunctions::StateMachine",
        {
            "StateMachineName": properties.get("Name"),
            "StateMachineType": properties.get("Type"),
            "Definition": properties.get("Definition"),
            "DefinitionUri": properties.get("DefinitionUri"),
            "DefinitionSubstitutions": properties.get("DefinitionSubstitutions"),
            "RoleArn": properties.get("Role"),
        },
    )
    return generated
