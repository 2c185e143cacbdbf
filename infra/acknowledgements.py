"""The cdk-nag findings we accept, each with its reason."""

from aws_cdk import Acknowledgment, Stack, Validations


def acknowledge_findings(stack: Stack) -> None:
    for finding, reason in FINDINGS.items():
        Validations.of(stack).acknowledge(Acknowledgment(id=finding, reason=reason))


FINDINGS: dict[str, str] = {}
