"""One connection: what the gateway remembers of it between its handshake and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Mapping

    from .closing import Closure


class Socket(Protocol):
    """The client's side of a connection."""

    @property
    def is_open(self) -> bool: ...

    def send_text(self, payload: bytes) -> bool:
        """False when the client has left so much unread that its buffer is full."""

    def close(self, closure: Closure) -> None: ...

    def reset(self) -> None:
        """Cut the connection without a close frame, as a network does."""

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    async def wait_gone(self) -> None:
        """Until the socket is closed on this side."""


class Connection:
    """`last_active` moves with data frames of either direction; control frames leave it alone."""

    __slots__ = (
        "authorizer",
        "connected_at",
        "domain_name",
        "gone",
        "gone_decided_by",
        "id",
        "identity",
        "in_flight",
        "last_active",
        "socket",
        "waiting",
    )

    def __init__(
        self, connection_id: str, *, now: float, domain_name: str, identity: Mapping[str, str]
    ) -> None:
        self.id = connection_id
        self.connected_at = now
        self.last_active = now
        self.domain_name = domain_name
        self.identity = identity
        self.authorizer: Mapping[str, Any] | None = None
        self.socket: Socket | None = None
        # The management API answers 410 though the socket is open (the fault `connection-gone`), and the
        # generation of fault rules that was last asked about it: each rule is drawn once a connection.
        self.gone = False
        self.gone_decided_by = 0
        # Messages being handled, and those that wait for one of them to end (None until there is one:
        # most connections are idle, and ten thousand empty deques are six megabytes).
        self.in_flight = 0
        self.waiting: deque[str] | None = None

    def send(self, payload: bytes, *, now: float) -> bool:
        """False when nothing was sent: the client is gone, or its buffer is full."""
        if self.socket is None or not self.socket.send_text(payload):
            return False
        self.last_active = now
        return True
