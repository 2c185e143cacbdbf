"""Carries out what the gateway's AWS integrations ask of services: requests to the local AWS.

API Gateway signs and sends them with the integration's role; nobody checks permissions here.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

import aiohttp

from local.gateway import BackendResponse, ServiceCall

# Services whose models botocore keeps under another name than the one in addresses.
_MODEL_NAMES = {"states": "stepfunctions", "monitoring": "cloudwatch", "email": "ses"}
_FORM = "application/x-www-form-urlencoded"
# moto reads the service and the region out of the credential's scope and checks no signature.
_AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=local/20260101/{region}/{service}/aws4_request, "
    "SignedHeaders=host, Signature=local"
)


class ServiceCalls:
    """The gateway's ServiceCaller."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.close()

    async def call(self, call: ServiceCall) -> BackendResponse:
        request = call.request
        headers = dict(request.headers)
        headers["Authorization"] = _AUTHORIZATION.format(region=call.region, service=call.service)
        url = f"{self._endpoint}/{(call.path or '').lstrip('/')}"
        body, query = request.body, list(request.query)
        if call.action is not None:
            body, query, headers = _by_action(call.service, call.action, body, query, headers)
        async with self._http.request(
            request.method, url, params=query, headers=headers, data=body
        ) as response:
            return BackendResponse(response.status, await response.read(), dict(response.headers))


@dataclass(frozen=True, slots=True)
class _Protocol:
    is_json: bool
    target_prefix: str
    content_type: str
    version: str


@cache
def _protocol(service: str) -> _Protocol:
    from botocore.exceptions import UnknownServiceError  # noqa: PLC0415 - only templates that ask services wait
    from botocore.loaders import Loader  # noqa: PLC0415 - as above

    try:
        model = Loader().load_service_model(_MODEL_NAMES.get(service, service), "service-2")
    except UnknownServiceError as exc:
        raise ConnectionError(f"botocore knows no service {service}") from exc
    metadata: dict[str, Any] = model["metadata"]
    return _Protocol(
        is_json="targetPrefix" in metadata,
        target_prefix=metadata.get("targetPrefix", ""),
        content_type=f"application/x-amz-json-{metadata.get('jsonVersion', '1.0')}",
        version=metadata["apiVersion"],
    )


def _by_action(
    service: str, action: str, body: bytes, query: list[tuple[str, str]], headers: dict[str, str]
) -> tuple[bytes, list[tuple[str, str]], dict[str, str]]:
    """An action's name goes where the service's protocol has it: into a header or a form."""
    protocol = _protocol(service)
    named = {name.lower(): name for name in headers}
    is_form = headers[named["content-type"]].startswith(_FORM) if "content-type" in named else False
    if protocol.is_json and not is_form:
        headers.setdefault(named.get("x-amz-target", "X-Amz-Target"), f"{protocol.target_prefix}.{action}")
        headers[named.get("content-type", "Content-Type")] = protocol.content_type
        return body, query, headers
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True)) if is_form else {}
    fields = {"Action": action, "Version": protocol.version, **dict(query), **fields}
    headers[named.get("content-type", "Content-Type")] = _FORM
    return urlencode(fields).encode(), [], headers
