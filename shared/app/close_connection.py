"""How we end a connection: it is told why, then closed. API Gateway lets us give neither code nor reason."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from shared.app.delivered import Delivered
from shared.app.fan_out.direct import PostDirectly
from shared.app.ports.clock import Clock
from shared.app.ports.greetings import Greetings
from shared.app.ports.queue import Queue
from shared.app.ports.registry import Registry
from shared.app.ports.sender import Sender
from shared.app.welcome_first import not_greeted, not_greeted_soon
from shared.domain import envelope
from shared.domain.connection import Connection
from shared.domain.deliveries import Close, Delivery, DirectPost, Expiry
from shared.domain.errors import ClientError, ErrorCode, TidingsError
from shared.domain.lease import Lease
from shared.domain.limits import HANDSHAKE_SECONDS, SQS_DELAY_SECONDS, TOKEN_NOTICE_SECONDS
from shared.domain.moments import delay_until
from shared.domain.target import Target

_WORDS: dict[str, str] = {
    ErrorCode.TOKEN_EXPIRED: "The token has expired. Connect again with a new one.",
    ErrorCode.REVOKED: "Access was revoked. Sign in again.",
    ErrorCode.TOO_MANY_CONNECTIONS: "This user connected elsewhere, and may have only so many connections.",
}
_NO_REASON = "The server ends this connection. Connect again."


class CloseFailed(TidingsError):
    """A connection could not be ended: the queue tries again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseConnection:
    registry: Registry
    sender: Sender
    post: PostDirectly
    greetings: Greetings
    queue: Queue
    clock: Clock

    def __call__(self, close: Close, lease: Lease) -> Delivered:
        """Raises CloseFailed."""
        if close.because is not None:
            problem = ClientError(close.because, _WORDS.get(close.because, _NO_REASON))
            target = Target(close.connection_id, connected_at=0.0)
            self._tell(target, envelope.error(problem, now=self.clock.now()), lease=lease)
        if self.sender.close([close.connection_id]):
            raise CloseFailed(close.connection_id)
        return Delivered(subject=close.connection_id, result="closed")

    def expire(self, expiry: Expiry, lease: Lease) -> Delivered:
        """Tell a connection that its token is about to end, or end it, or wait on. Raises CloseFailed.

        Each token has an expiry of its own, which waits for its moment also when the token was renewed: the
        renewal may be under way, or have died half done.
        """
        now, connection_id = self.clock.now(), expiry.connection_id
        connection = self.registry.find(connection_id)
        if connection is None:
            return Delivered(subject=connection_id, result="gone")
        if connection.valid_until is not None and now >= connection.valid_until:
            untold = not_greeted([Target(connection_id, connection.connected_at)], self.greetings, now=now)
            because = None if untold else ErrorCode.TOKEN_EXPIRED
            return self(Close(connection_id=connection_id, because=because), lease)
        if now >= expiry.valid_until:
            return Delivered(subject=connection_id, result="renewed")
        if now >= expiry.valid_until - TOKEN_NOTICE_SECONDS and not expiry.told:
            if connection.valid_until == expiry.valid_until:
                target = Target(connection_id, connection.connected_at)
                self._tell(target, envelope.token_expiring(expiry.valid_until, now=now), lease=lease)
            else:
                self.registry.refresh(connection)
            expiry = replace(expiry, told=True)
        _wait(self.queue, expiry, now=now)
        return Delivered(subject=connection_id, result="told" if expiry.told else "waiting")

    def _tell(self, target: Target, message: envelope.Envelope, *, lease: Lease) -> None:
        # A connection that cannot be told is closed all the same.
        notice = DirectPost.to([target], event_id=f"end:{target.connection_id}", message=message.to_json())
        self.post(notice, lease=lease)


def closes_of(
    targets: Sequence[Target], because: ErrorCode, greetings: Greetings, clock: Clock
) -> Iterator[tuple[Delivery, int]]:
    """What to put on the queue to end these connections.

    A handshake that goes on cannot be ended: then it is ended again when it must be over. A connection that
    has not had its welcome is not told why: the reason would be its first message.
    """
    now = clock.now()
    untold = not_greeted_soon(targets, greetings, clock)
    for one in targets:
        told = None if one.connection_id in untold else because
        yield Close(connection_id=one.connection_id, because=told), 0
        if now - one.connected_at < HANDSHAKE_SECONDS:
            yield Close(connection_id=one.connection_id), int(HANDSHAKE_SECONDS)


def await_expiry(queue: Queue, connection: Connection, *, now: float) -> None:
    """See to it that the connection ends with its token."""
    if connection.valid_until is None or connection.valid_until >= connection.cut_at:
        return
    _wait(queue, Expiry(connection_id=connection.connection_id, valid_until=connection.valid_until), now=now)


def _wait(queue: Queue, expiry: Expiry, *, now: float) -> None:
    delay_seconds = delay_until(expiry.valid_until - (0 if expiry.told else TOKEN_NOTICE_SECONDS), now)
    # A queue message waits 15 minutes at most; a token that lasts longer goes round.
    queue.put(expiry, delay_seconds=min(delay_seconds, SQS_DELAY_SECONDS))
