"""How we end a connection: it is told why, then closed. API Gateway lets us give neither code nor reason."""

from dataclasses import dataclass

from shared.app.fan_out import FanOut
from shared.app.ports import Clock, Connections, Queue, Sender
from shared.domain import envelope
from shared.domain.connection import Connection
from shared.domain.deliveries import Close, Expiry, Remainder, Target
from shared.domain.errors import ClientError, ErrorCode, TidingsError
from shared.domain.lease import Lease
from shared.domain.limits import SQS_DELAY_SECONDS, TOKEN_NOTICE_SECONDS
from shared.domain.moments import delay_until

_WORDS: dict[str, str] = {
    ErrorCode.TOKEN_EXPIRED: "The token has expired. Connect again with a new one.",
    ErrorCode.REVOKED: "Access was revoked. Sign in again.",
    ErrorCode.TOO_MANY_CONNECTIONS: "This user connected elsewhere, and may have only so many connections.",
}
_NO_REASON = "The server ends this connection. Connect again."


class CloseFailed(TidingsError):
    """A connection could not be ended: the queue tries again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    connections: Connections
    sender: Sender
    fan_out: FanOut
    queue: Queue
    clock: Clock

    def __call__(self, end: Close | Expiry, *, lease: Lease) -> str:
        """What came of it, in a word."""
        if isinstance(end, Close):
            return self._close(end, lease=lease)
        return self._expire(end, lease=lease)

    def _close(self, close: Close, *, lease: Lease) -> str:
        if close.because is not None:
            problem = ClientError(close.because, _WORDS.get(close.because, _NO_REASON))
            message = envelope.error(problem, now=self.clock.now())
            self._tell(close.connection_id, message, lease=lease)
        if self.sender.close([close.connection_id]):
            raise CloseFailed(close.connection_id)
        return "closed"

    def _expire(self, expiry: Expiry, *, lease: Lease) -> str:
        """Tell a connection that its token is about to end, or end it, or wait on."""
        now = self.clock.now()
        connection = self.connections.find(expiry.connection_id)
        if connection is None:
            return "gone"
        if connection.valid_until != expiry.valid_until:
            return "renewed"
        if now >= expiry.valid_until:
            close = Close(connection_id=expiry.connection_id, because=ErrorCode.TOKEN_EXPIRED)
            return self._close(close, lease=lease)
        if now >= expiry.valid_until - TOKEN_NOTICE_SECONDS and not expiry.told:
            notice = envelope.token_expiring(expiry.valid_until, now=now)
            self._tell(expiry.connection_id, notice, lease=lease)
            expiry = expiry.model_copy(update={"told": True})
        _wait(self.queue, expiry, now=now)
        return "told" if expiry.told else "waiting"

    def _tell(self, connection_id: str, message: envelope.Envelope, *, lease: Lease) -> None:
        # Who cannot be told is ended all the same.
        target = Target(connection_id=connection_id, connected_at=0.0)
        notice = Remainder(
            event_id=f"end:{connection_id}", message=message.to_json(), targets=(target,), attempt=0
        )
        self.fan_out.post(notice, lease=lease)


def await_expiry(queue: Queue, connection: Connection, *, now: float) -> None:
    """See to it that the connection ends with its token."""
    if connection.valid_until is None or connection.valid_until >= connection.cut_at:
        return
    _wait(queue, Expiry(connection_id=connection.connection_id, valid_until=connection.valid_until), now=now)


def _wait(queue: Queue, expiry: Expiry, *, now: float) -> None:
    delay_seconds = delay_until(expiry.valid_until - (0 if expiry.told else TOKEN_NOTICE_SECONDS), now)
    # A queue message waits 15 minutes at most; a token that lasts longer goes round.
    queue.put(expiry, delay_seconds=min(delay_seconds, SQS_DELAY_SECONDS))
