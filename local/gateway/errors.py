"""What the gateway raises to whoever sets it up. A client's faults are answers, not exceptions."""

from __future__ import annotations


class GatewayConfigurationError(ValueError):
    """The API asks for what the gateway does not emulate, or contradicts itself. The message names it."""
