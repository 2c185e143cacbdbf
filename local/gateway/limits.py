"""Every quota and timeout of the gateway, as settings whose defaults are API Gateway's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayLimits:
    """Source unless noted: AWS's quotas for WebSocket APIs and its account-level quotas."""

    message_bytes: int = 128 * 1024
    frame_bytes: int = 32 * 1024
    idle_seconds: float = 600
    lifetime_seconds: float = 7200
    connections_per_second: float = 500
    connections_burst: int = 500
    # Shared by messages and @connections calls (and, on AWS, by every other API of the account).
    requests_per_second: float = 10_000
    requests_burst: int = 5_000
    # The request line and all header values of a handshake or a management call.
    header_bytes: int = 10_240
    authorizer_result_bytes: int = 8 * 1024
    # Not published by AWS: how much a slow client may leave unread before a post answers 429.
    client_buffer_bytes: int = 256 * 1024
    # Not published by AWS: messages of one connection that may run at once. 1 keeps them in order.
    messages_in_flight: int = 16
    # Ours: how long a closing handshake and the last $disconnects may take, in real time.
    close_timeout_seconds: float = 2.0
    shutdown_timeout_seconds: float = 5.0
    # Signature Version 4 refuses requests signed more than five minutes away. None switches the check off.
    clock_skew_seconds: float | None = 300
