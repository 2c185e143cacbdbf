"""A generic emulator of API Gateway WebSocket APIs and their @connections management API."""

from .clock import Clock, SystemClock
from .control import control_app
from .errors import GatewayConfigurationError
from .faults import Fault, FaultRule, Faults
from .gateway import Gateway
from .integrations import BackendRequest, BackendResponse, ServiceCall, ServiceCaller
from .invoker import Invocation, InvocationRefused, Invoker
from .limits import GatewayLimits
from .model import (
    Authorizer,
    Integration,
    IntegrationKind,
    IntegrationResponse,
    Route,
    Throttle,
    WebSocketApi,
)
from .request_limits import PARSER_LIMITS, OneLineForBadRequests

__all__ = [
    "PARSER_LIMITS",
    "Authorizer",
    "BackendRequest",
    "BackendResponse",
    "Clock",
    "Fault",
    "FaultRule",
    "Faults",
    "Gateway",
    "GatewayConfigurationError",
    "GatewayLimits",
    "Integration",
    "IntegrationKind",
    "IntegrationResponse",
    "Invocation",
    "InvocationRefused",
    "Invoker",
    "OneLineForBadRequests",
    "Route",
    "ServiceCall",
    "ServiceCaller",
    "SystemClock",
    "Throttle",
    "WebSocketApi",
    "control_app",
]
