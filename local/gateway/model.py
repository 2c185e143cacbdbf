"""A WebSocket API as data: what Api, Stage, Route, Integration and Authorizer say once resolved."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT = "$connect"
DISCONNECT = "$disconnect"
DEFAULT = "$default"

# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
MAX_INTEGRATION_TIMEOUT_MS = 29_000


class IntegrationKind(StrEnum):
    AWS = "AWS"
    AWS_PROXY = "AWS_PROXY"
    HTTP = "HTTP"
    HTTP_PROXY = "HTTP_PROXY"
    MOCK = "MOCK"


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationResponse:
    """One AWS::ApiGatewayV2::IntegrationResponse. `parameters` fill the answer's headers."""

    templates: Mapping[str, str] = field(default_factory=dict)
    template_selection_expression: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """`function` is passed to the invoker untouched; an AWS integration that has none calls the service of
    `uri`. Templates, parameters and responses concern all kinds but AWS_PROXY; `passthrough` and
    `content_handling` are the template's PassthroughBehavior and ContentHandlingStrategy.
    """

    kind: IntegrationKind
    function: str = ""
    uri: str = ""
    method: str = "POST"
    timeout_ms: int = MAX_INTEGRATION_TIMEOUT_MS
    request_templates: Mapping[str, str] = field(default_factory=dict)
    template_selection_expression: str = ""
    request_parameters: Mapping[str, str] = field(default_factory=dict)
    passthrough: str = "WHEN_NO_MATCH"
    content_handling: str = ""
    responses: Mapping[str, IntegrationResponse] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Throttle:
    """Stage or route throttling: a token bucket."""

    rate_per_second: float
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorizer:
    """A Lambda REQUEST authorizer. `identity_sources` as in the template: `route.request.header.Auth`, …"""

    function: str
    identity_sources: tuple[str, ...] = ()
    timeout_ms: int = MAX_INTEGRATION_TIMEOUT_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`route_response`: the route has RouteResponseSelectionExpression `$default` and a RouteResponse.
    `authorizer` names one of the API's authorizers; `iam`: the handshake must be signed.
    """

    integration: Integration
    route_response: bool = False
    authorizer: str | None = None
    iam: bool = False
    throttle: Throttle | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSocketApi:
    """One API with one stage. `throttle` is the stage's default route throttling."""

    api_id: str
    stage_name: str
    region: str
    account_id: str
    routes: Mapping[str, Route]
    route_selection_expression: str = "$request.body.action"
    authorizers: Mapping[str, Authorizer] = field(default_factory=dict)
    stage_variables: Mapping[str, str] = field(default_factory=dict)
    throttle: Throttle | None = None

    @property
    def connect_arn(self) -> str:
        """The `methodArn` that an authorizer's policy must cover."""
        return (
            f"arn:aws:execute-api:{self.region}:{self.account_id}:{self.api_id}/{self.stage_name}/{CONNECT}"
        )
