"""What a warm function remembers of the message rate, so that the common cases cost no write.

Each instance remembers for itself. One that does not remember a connection asks the shared limit.
"""

from dataclasses import dataclass, field

from shared.domain.heartbeats import pong_leaves_a_trace


@dataclass(slots=True, kw_only=True)
class PongAllowance:
    """Lets a pong per half heartbeat through; faster ones count as messages."""

    heartbeat_seconds: int
    remembered: int = 10_000
    _latest: dict[str, float] = field(default_factory=dict)

    def allows(self, connection_id: str, now: float) -> bool:
        latest = self._latest.pop(connection_id, None)
        _remember(self._latest, connection_id, now, self.remembered)
        return latest is None or now - latest >= self.heartbeat_seconds / 2

    def leaves_a_trace(self, connection_id: str, now: float) -> bool:
        """Whether this one is written down: one in several, which needs no memory."""
        return pong_leaves_a_trace(connection_id, now=now, heartbeat_seconds=self.heartbeat_seconds)


@dataclass(slots=True, kw_only=True)
class Condemned:
    """Connections that are about to be closed for flooding: what they still send is refused unread.

    The closing travels through the delivery queue, and a flood does not wait for it.
    """

    seconds: float = 60.0
    """After that the close has failed: the connection is counted anew, and closed anew if it goes on."""
    remembered: int = 10_000
    _since: dict[str, float] = field(default_factory=dict)

    def add(self, connection_id: str, now: float) -> None:
        _remember(self._since, connection_id, now, self.remembered)

    def has(self, connection_id: str, now: float) -> bool:
        since = self._since.get(connection_id)
        return since is not None and now - since < self.seconds


def _remember(moments: dict[str, float], connection_id: str, now: float, most: int) -> None:
    moments.pop(connection_id, None)
    moments[connection_id] = now
    if len(moments) > most:
        del moments[next(iter(moments))]
