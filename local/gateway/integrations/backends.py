"""What a non-proxy integration sends its request to: a function, an AWS service, or nothing (MOCK)."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from local.gateway.integration import Failure, IntegrationFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local.gateway.integration import FunctionCaller

OK = 200


@dataclass(frozen=True, slots=True)
class BackendRequest:
    """`query` keeps its order; header names are as the integration's parameters write them."""

    method: str
    headers: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class BackendResponse:
    """`error_message` is that of a function that failed: integration responses are then chosen by it."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    error_message: str | None = None

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)

    def text(self) -> str:
        """Binary data as base64: a WebSocket API sends text only."""
        try:
            return self.body.decode()
        except UnicodeDecodeError:
            return b64encode(self.body).decode()


class Backend(Protocol):
    async def send(self, request: BackendRequest) -> BackendResponse:
        """Raise IntegrationFailed when there is no response. The caller bounds the time."""
        ...


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """A request to an AWS service. Exactly one of `action` (`SendMessage`) and `path` is set."""

    region: str
    service: str
    action: str | None
    path: str | None
    request: BackendRequest


class ServiceCaller(Protocol):
    """Signs and sends requests to AWS services. Whoever runs the gateway brings one."""

    async def call(self, call: ServiceCall) -> BackendResponse:
        """The service's response, errors included. Raise OSError when the service cannot be reached."""
        ...


@dataclass(frozen=True, slots=True)
class ServiceBackend:
    caller: ServiceCaller
    region: str
    service: str
    action: str | None
    path: str | None

    async def send(self, request: BackendRequest) -> BackendResponse:
        try:
            return await self.caller.call(
                ServiceCall(self.region, self.service, self.action, self.path, request)
            )
        except OSError as exc:
            raise IntegrationFailed(Failure.REFUSED, f"{self.service}: {exc}") from exc


@dataclass(frozen=True, slots=True)
class FunctionBackend:
    """Lambda without proxy: the function gets the request's body as its event, and answers with JSON."""

    functions: FunctionCaller
    function: str
    timeout_ms: int

    async def send(self, request: BackendRequest) -> BackendResponse:
        try:
            event: Any = json.loads(request.body or b"{}")
        except (ValueError, RecursionError) as exc:
            raise IntegrationFailed(
                Failure.REFUSED, f"{self.function}: its event is not JSON: {exc}"
            ) from exc
        try:
            payload = await self.functions.call(self.function, event, timeout_ms=self.timeout_ms)
        except IntegrationFailed as failed:
            if failed.failure is not Failure.FUNCTION_ERROR:
                raise
            return BackendResponse(OK, failed.payload.encode(), {}, _error_message(failed.payload))
        return BackendResponse(OK, payload.encode())


@dataclass(frozen=True, slots=True)
class MockBackend:
    """Answers with the status that the request template names, and with nothing."""

    async def send(self, request: BackendRequest) -> BackendResponse:
        return BackendResponse(mock_status(request.body))


def mock_status(body: bytes) -> int:
    """Raise IntegrationFailed when a template names none. Without a template the status is 200."""
    if not body:
        return OK
    try:
        return int(json.loads(body)["statusCode"])
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise IntegrationFailed(
            Failure.REFUSED, "a MOCK request template must be a JSON object with a statusCode"
        ) from exc


def _error_message(payload: str) -> str:
    try:
        error = json.loads(payload)
    except ValueError:
        return payload
    message = error.get("errorMessage") if isinstance(error, dict) else None
    return message if isinstance(message, str) else ""
