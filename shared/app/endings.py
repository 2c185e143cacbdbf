"""What is queued so that a connection ends: with its token, or because it must."""

from collections.abc import Iterator, Sequence

from shared.app.ports import Ports
from shared.app.welcome_first import not_greeted_soon
from shared.domain.connection import Connection
from shared.domain.deliveries import Close, Delivery, Expiry
from shared.domain.errors import ErrorCode
from shared.domain.limits import HANDSHAKE_SECONDS, SQS_DELAY_SECONDS, TOKEN_NOTICE_SECONDS
from shared.domain.moments import delay_until
from shared.domain.target import Target


def closes_of(ports: Ports, targets: Sequence[Target], because: ErrorCode) -> Iterator[tuple[Delivery, int]]:
    """What to put on the queue to end these connections.

    A handshake that goes on cannot be ended: then it is ended again when it must be over. A connection that
    has not had its welcome is not told why: the reason would be its first message.
    """
    now = ports.clock.now()
    untold = not_greeted_soon(ports, targets)
    for one in targets:
        told = None if one.connection_id in untold else because
        yield Close(connection_id=one.connection_id, because=told), 0
        if now - one.connected_at < HANDSHAKE_SECONDS:
            yield Close(connection_id=one.connection_id), int(HANDSHAKE_SECONDS)


def await_expiry(ports: Ports, connection: Connection, *, now: float) -> None:
    """See to it that the connection ends with its token."""
    if connection.valid_until is None or connection.valid_until >= connection.cut_at:
        return
    await_moment(
        ports, Expiry(connection_id=connection.connection_id, valid_until=connection.valid_until), now=now
    )


def await_moment(ports: Ports, expiry: Expiry, *, now: float) -> None:
    """Put an expiry back until its next moment: the notice, then the end."""
    delay_seconds = delay_until(expiry.valid_until - (0 if expiry.told else TOKEN_NOTICE_SECONDS), now)
    # A queue message waits 15 minutes at most; a token that lasts longer goes round.
    ports.queue.put(expiry, delay_seconds=min(delay_seconds, SQS_DELAY_SECONDS))
