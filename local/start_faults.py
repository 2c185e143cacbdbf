"""Faults given on the command line, sorted by the part that each concerns."""

from collections.abc import Mapping, Sequence
from typing import Any

from local.cloud import faults as cloud
from local.gateway import Fault, FaultRule


class BadFault(Exception):
    """A fault on the command line is not one, or could never strike; the message says what is wrong."""


def sort(rules: Sequence[Mapping[str, Any]]) -> tuple[list[cloud.FaultRule], list[FaultRule]]:
    """Those of buses, queues, functions and AWS, and those of the gateway. Raises BadFault."""
    gateway_names = {fault.value for fault in Fault}
    ours = [dict(rule) for rule in rules if rule["fault"] not in gateway_names]
    gateways = [dict(rule) for rule in rules if rule["fault"] in gateway_names]
    try:
        return (
            [cloud.rule_of(rule) for rule in ours],
            [FaultRule(**{**rule, "fault": Fault(rule["fault"])}) for rule in gateways],
        )
    except (ValueError, TypeError) as exc:
        raise BadFault(f"--fault: {exc}; the gateway's are {', '.join(sorted(gateway_names))}") from exc
