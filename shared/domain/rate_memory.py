"""What a warm function remembers of the message rate, so that the common cases cost no write.

Each instance remembers for itself. One that does not remember a connection asks the shared limit.
"""

from dataclasses import dataclass, field

# After that the close has failed: the connection is counted anew, and closed anew if it goes on.
CONDEMNED_SECONDS = 60.0
REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class RateMemory:
    _pongs: dict[str, float] = field(default_factory=dict)
    _condemned: dict[str, float] = field(default_factory=dict)

    def allows_pong(self, connection_id: str, now: float, *, heartbeat_seconds: float) -> bool:
        """One per half heartbeat; faster ones count as messages."""
        latest = self._pongs.pop(connection_id, None)
        _remember(self._pongs, connection_id, now)
        return latest is None or now - latest >= heartbeat_seconds / 2

    def condemn(self, connection_id: str, now: float) -> None:
        """It is about to be closed for flooding: what it still sends is refused unread.

        The closing travels through the delivery queue, and a flood does not wait for it.
        """
        _remember(self._condemned, connection_id, now)

    def is_condemned(self, connection_id: str, now: float) -> bool:
        since = self._condemned.get(connection_id)
        return since is not None and now - since < CONDEMNED_SECONDS


def _remember(moments: dict[str, float], connection_id: str, now: float) -> None:
    moments.pop(connection_id, None)
    moments[connection_id] = now
    if len(moments) > REMEMBERED:
        del moments[next(iter(moments))]
