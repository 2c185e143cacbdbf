"""The API's routes made ready to run: selection, integrations and throttles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import GatewayConfigurationError
from .model import CONNECT, DEFAULT, DISCONNECT, MAX_INTEGRATION_TIMEOUT_MS
from .selection import RouteSelector
from .throttle import TokenBucket

if TYPE_CHECKING:
    from .clock import Clock
    from .integrations import Answering, IntegrationBuilder
    from .model import Route, Throttle, WebSocketApi

_MIN_INTEGRATION_TIMEOUT_MS = 50


@dataclass(frozen=True, slots=True)
class ReadyRoute:
    key: str
    route: Route
    integration: Answering
    throttle: TokenBucket | None

    def admits(self) -> bool:
        return self.throttle is None or self.throttle.take()


class RouteTable:
    """Raises GatewayConfigurationError for an API that could not run."""

    def __init__(self, api: WebSocketApi, *, builder: IntegrationBuilder, clock: Clock) -> None:
        self._selector = RouteSelector(api.route_selection_expression)
        ready = {key: _ready(key, route, api, builder, clock) for key, route in api.routes.items()}
        self.connect = ready.pop(CONNECT, None)
        self.disconnect = ready.pop(DISCONNECT, None)
        # $connect and $disconnect cannot be asked for by a message, whatever it says.
        self._by_key = ready

    def select(self, text: str) -> ReadyRoute | None:
        key = self._selector.select(text)
        route = None if key is None else self._by_key.get(key)
        return route or self._by_key.get(DEFAULT)


def _ready(
    key: str, route: Route, api: WebSocketApi, builder: IntegrationBuilder, clock: Clock
) -> ReadyRoute:
    integration = route.integration
    if not _MIN_INTEGRATION_TIMEOUT_MS <= integration.timeout_ms <= MAX_INTEGRATION_TIMEOUT_MS:
        raise GatewayConfigurationError(
            f"route {key!r}: timeout {integration.timeout_ms} ms is outside "
            f"{_MIN_INTEGRATION_TIMEOUT_MS} to {MAX_INTEGRATION_TIMEOUT_MS}"
        )
    if (route.authorizer is not None or route.iam) and key != CONNECT:
        raise GatewayConfigurationError(f"route {key!r}: only $connect can have an authorizer")
    if route.authorizer is not None and route.authorizer not in api.authorizers:
        raise GatewayConfigurationError(f"route {key!r}: there is no authorizer {route.authorizer!r}")
    throttle = _bucket(route.throttle or api.throttle, clock)
    return ReadyRoute(key, route, builder.build(route, key=key), throttle)


def _bucket(throttle: Throttle | None, clock: Clock) -> TokenBucket | None:
    if throttle is None:
        return None
    return TokenBucket(rate_per_second=throttle.rate_per_second, burst=throttle.burst, clock=clock)
