"""What functions need to reach services of the real AWS that a developer lets through."""

import os
from collections.abc import Iterable, Mapping

CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


class UnknownService(Exception):
    """A service that AWS's SDK does not know; the message says how services are named."""


def real_environment(
    services: Iterable[str], region: str, environment: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Their endpoints, which the SDKs would look for on this machine, and the developer's credentials.

    Raises UnknownService.
    """
    found = {_variable(service): f"https://{service}.{region}.amazonaws.com" for service in services}
    if not found:
        return {}
    return found | {name: environment[name] for name in CREDENTIALS if name in environment}


def _variable(service: str) -> str:
    """https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html."""
    import botocore.session  # noqa: PLC0415 - only who lets a service through waits for it

    session = botocore.session.get_session()
    # Most are named as their hosts are: reading the models of all takes seconds.
    for name in sorted(session.get_available_services(), key=lambda name: name != service):
        metadata = session.get_service_model(name).metadata
        if metadata.get("endpointPrefix") == service:
            return f"AWS_ENDPOINT_URL_{metadata['serviceId'].upper().replace(' ', '_')}"
    raise UnknownService(
        f"--real-aws {service}: no service of AWS has host names that begin like that; "
        "want for example bedrock-runtime, translate or s3"
    )
