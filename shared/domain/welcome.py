"""The first message on every connection."""

from collections.abc import Iterable, Mapping
from typing import Any

from shared.domain.connection import Connection
from shared.domain.envelope import WELCOME, Envelope
from shared.domain.moments import wire_time


def welcome(
    connection: Connection,
    channels: Iterable[str],
    *,
    now: float,
    heartbeat_seconds: int,
    authentication: str,
    memory: Mapping[str, Any],
) -> Envelope:
    timestamp = wire_time(now)
    valid_until = connection.valid_until
    return Envelope(
        type=WELCOME,
        data={
            "connection_id": connection.connection_id,
            "user_id": connection.user_id,
            "channels": list(channels),
            "message": "Connected to WebSocket server",
            "timestamp": timestamp,
            "heartbeat_seconds": heartbeat_seconds,
            "expires_at": wire_time(connection.cut_at),
            # "none" says to whoever looks that user_id is only what the client claims.
            "authentication": authentication,
            **memory,
            "token_expires_at": None if valid_until is None else wire_time(valid_until),
        },
        timestamp=timestamp,
    )
