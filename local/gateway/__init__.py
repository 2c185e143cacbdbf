"""A generic emulator of API Gateway WebSocket APIs and their @connections management API."""

from .clock import Clock, SystemClock
from .control import control_app
from .errors import GatewayConfigurationError
from .faults import Fault, FaultRule, Faults
from .gateway import Gateway
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

__all__ = [
    "Authorizer",
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
    "Route",
    "SystemClock",
    "Throttle",
    "WebSocketApi",
    "control_app",
]
