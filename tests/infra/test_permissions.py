"""What the template lets each function do is the matrix of infra/permissions.py, and not a right more."""

from typing import Any

import pytest

from infra.permissions import PERMISSIONS
from tests.infra.template import Template, references

LOGICAL_IDS = {
    "connections": "StorageConnections",
    "subscriptions": "StorageSubscriptions",
    "events": "StorageEvents",
    "schedule": "StorageSchedule",
    "access": "StorageAccess",
    "bus": "Bus",
    "delivery": "QueuesDelivery",
    "parts": "QueuesParts",
    "rejected": "QueuesRejectedEvents",
    "publisher_failed": "QueuesPublisherFailed",
    "scheduler_failed": "QueuesSchedulerFailed",
}
# Every function may also write its own log and its traces.
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
TRACES = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def resource_name(resource: Any) -> str:
    """The matrix's word for the resource of a statement."""
    match resource:
        case "*":
            return "*"
        case {"Fn::Join": ["", [*_, "/index/due"]]}:
            return "schedule_due_index"
        case {"Fn::Join": ["", [*_, str(path)]]} if path.startswith("/"):
            return {
                "/prod/POST/@connections/*": "post_to_connections",
                "/prod/DELETE/@connections/*": "close_connections",
            }[path]
    (logical_id,) = references(resource)
    name = logical_id[:-8]  # without the hash
    return next((word for word, start in LOGICAL_IDS.items() if start == name), name)


def rights(template: Template, function: str) -> dict[str, set[str]]:
    """Resource -> actions, over all statements of all policies of the function's role."""
    role = f"{function.capitalize()}FunctionRole"
    found: dict[str, set[str]] = {}
    for policy in template.resources("AWS::IAM::Policy").values():
        if not any(name.startswith(role) for name in references(policy["Properties"]["Roles"])):
            continue
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            for resource in listed(statement["Resource"]):
                found.setdefault(resource_name(resource), set()).update(listed(statement["Action"]))
    return found


@pytest.mark.parametrize("function", PERMISSIONS)
def test_a_function_may_do_what_the_matrix_says_and_nothing_else(prod: Template, function: str) -> None:
    matrix = next(resources for name, resources in PERMISSIONS.items() if name == function)

    expected: dict[str, set[str]] = {resource: set(actions) for resource, actions in matrix.items()}
    expected |= {f"{function.capitalize()}FunctionLogs": LOGS, "*": TRACES}
    assert rights(prod, function) == expected


@pytest.mark.parametrize("function", PERMISSIONS)
def test_no_role_brings_rights_of_its_own(prod: Template, function: str) -> None:
    role = prod.properties("AWS::IAM::Role", name=f"{function.capitalize()}FunctionRole")

    assert "ManagedPolicyArns" not in role
    assert "Policies" not in role


def test_only_the_publisher_reaches_connections() -> None:
    holders = {
        function
        for function, resources in PERMISSIONS.items()
        for actions in resources.values()
        if "execute-api:ManageConnections" in actions
    }

    assert holders == {"publisher"}


def test_only_to_forget_a_user_is_a_table_scanned_and_no_action_is_a_pattern() -> None:
    granted = [
        (function, resource, action)
        for function, resources in PERMISSIONS.items()
        for resource, allowed in resources.items()
        for action in allowed
    ]

    scanned = [(function, resource) for function, resource, action in granted if action == "dynamodb:Scan"]
    assert scanned == [("publisher", "schedule"), ("publisher", "access")]
    assert not [action for _, _, action in granted if "*" in action]
