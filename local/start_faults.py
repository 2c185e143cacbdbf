"""Faults given on the command line, to the part that each concerns."""

from collections.abc import Mapping, Sequence
from typing import Any

from local.cloud import faults as cloud
from local.gateway import Fault, FaultRule, Faults


class BadFault(Exception):
    """A fault on the command line is not one, or could never strike; the message says what is wrong."""


def apply(
    rules: Sequence[Mapping[str, Any]], *, seed: int, of_cloud: cloud.Faults, of_gateway: Faults
) -> None:
    """Raises BadFault."""
    gateway_names = {fault.value for fault in Fault}
    ours = [dict(rule) for rule in rules if rule["fault"] not in gateway_names]
    gateways = [dict(rule) for rule in rules if rule["fault"] in gateway_names]
    try:
        of_cloud.replace([cloud.rule_of(rule) for rule in ours], seed=seed)
        of_gateway.replace(
            [FaultRule(**{**rule, "fault": Fault(rule["fault"])}) for rule in gateways], seed=seed
        )
    except (ValueError, TypeError) as exc:
        raise BadFault(f"--fault: {exc}; the gateway's are {', '.join(sorted(gateway_names))}") from exc
