"""What the parts of one gateway share. Built once, by the gateway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .clock import Clock
    from .faults import Faults
    from .integration import FunctionCaller
    from .limits import GatewayLimits
    from .model import WebSocketApi
    from .registry import Registry
    from .routing import RouteTable
    from .throttle import TokenBucket


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """`account` is the bucket messages and @connections calls share; `handshakes` the connection rate."""

    api: WebSocketApi
    clock: Clock
    limits: GatewayLimits
    faults: Faults
    functions: FunctionCaller
    routes: RouteTable
    registry: Registry
    account: TokenBucket
    handshakes: TokenBucket
