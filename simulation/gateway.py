"""API Gateway's side of the connections: who is there, and what happened on each."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from simulation.faults import LEFT_LATE, LEFT_TWICE, LEFT_UNTOLD, Faults
from simulation.hub import Hub
from simulation.payloads import number_of


class Listener(Protocol):
    """A client."""

    name: str

    def hears(self, connection: "Connection", frame: dict[str, Any]) -> None: ...

    def is_cut(self, connection: "Connection") -> None: ...


# What an event may need, with all faults, from its producer to its post.
LATE_SECONDS = 400.0
FAILED = "internal_error"
"""What a client heard when the invocation that should have answered it failed."""


@dataclass(slots=True, kw_only=True, eq=False)
class Connection:
    connection_id: str
    owner: Listener
    user: str | None
    connected_at: float
    opened_at: float | None = None
    """When the client's handshake was answered; None before."""
    closed_at: float | None = None
    forgotten_at: float | None = None
    """Since when posts to it are answered 410, though it lives."""
    dead_at: float | None = None
    """Since when nothing reaches the client, though API Gateway does not know."""
    joins: list[list[Any]] = field(default_factory=list)
    """[channel, asked at, acknowledged at, leave asked at, leave acknowledged at]."""
    issued_at: float | None = None
    """Of its newest credential."""
    valid_until: float | None = None
    """When its newest token ends."""
    forbidden: str | None = None
    """The channel that its token does not grant, once that was acknowledged."""
    lapses: list[list[float]] = field(default_factory=list)
    """[a token's end, when the renewal was acknowledged]: nothing is owed for a time without a token."""
    welcomes: list[float] = field(default_factory=list)
    first_frame: str | None = None
    first_frame_at: float | None = None
    troubled: set[int] = field(default_factory=set)
    """Numbers of the events whose posts to it were not simply delivered."""
    lost: set[int] = field(default_factory=set)
    """Numbers of the events that were answered 200 and lost."""

    def heard(self, kind: str, *, now: float) -> None:
        if self.first_frame is None:
            self.first_frame, self.first_frame_at = kind, now

    def has_lapsed(self, moment: float) -> bool:
        """Whether what was sent at this moment may have come when no token was good."""
        return any(
            end - LATE_SECONDS < moment < renewed_at for end, renewed_at in self.lapses if end < renewed_at
        )

    @property
    def alive(self) -> bool:
        return self.opened_at is not None and self.closed_at is None and self.dead_at is None


@dataclass(slots=True, kw_only=True)
class Gateway:
    hub: Hub
    faults: Faults
    disconnected: Callable[[Connection, str], None]
    """Invokes $disconnect."""
    connections: dict[str, Connection] = field(default_factory=dict)
    """All there ever were, by id."""

    def has(self, connection_id: str) -> bool:
        """Whether a post to it is accepted."""
        found = self.connections.get(connection_id)
        return (
            found is not None
            and found.opened_at is not None
            and found.closed_at is None
            and found.forgotten_at is None
        )

    def forget(self, connection_id: str) -> None:
        """From now on posts are answered 410; the client notices nothing."""
        found = self.connections.get(connection_id)
        if found is not None and found.forgotten_at is None:
            found.forgotten_at = self.hub.now

    def trouble(self, connection_id: str, frame: dict[str, Any]) -> None:
        """A post of this message to it goes wrong in some way."""
        found = self.connections.get(connection_id)
        if found is not None:
            found.troubled.add(number_of(frame))

    def deliver(self, connection_id: str, frame: dict[str, Any], *, lost: bool) -> None:
        found = self.connections[connection_id]
        if lost:
            found.lost.add(number_of(frame))
        elif found.dead_at is None:
            found.owner.hears(found, frame)

    def close(self, connection_id: str, *, because: str) -> None:
        """End it from any side. The client hears of it, if it still hears; $disconnect may."""
        found = self.connections.get(connection_id)
        if found is None or found.closed_at is not None or found.opened_at is None:
            # During the handshake there is nothing to close: API Gateway answers 410.
            return
        found.closed_at = self.hub.now
        if found.dead_at is None:
            self.hub.after(0.01, lambda: found.owner.is_cut(found))
        if not self.faults.happens(LEFT_UNTOLD, connection_id):
            late = 20.0 if self.faults.happens(LEFT_LATE, connection_id) else 0.05
            self.hub.after(late, lambda: self.disconnected(found, because))
            if self.faults.happens(LEFT_TWICE, connection_id):
                self.hub.after(late + 1.5, lambda: self.disconnected(found, because))


def connect_event(connection: Connection, query: dict[str, str]) -> dict[str, Any]:
    return {
        "headers": {"Host": "api.test"},
        "queryStringParameters": query or None,
        "requestContext": {
            "connectionId": connection.connection_id,
            "connectedAt": int(connection.connected_at * 1000),
            "routeKey": "$connect",
        },
    }


def message_event(connection: Connection, message: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "requestContext": {"connectionId": connection.connection_id, "routeKey": "$default"},
        "body": json.dumps(message),
    }


def disconnect_event(connection: Connection, because: str) -> dict[str, Any]:
    request = {"connectionId": connection.connection_id, "routeKey": "$disconnect"}
    return {"requestContext": {**request, "disconnectReason": because}}
