"""How we end a connection: it is told why, then closed. API Gateway lets us give neither code nor reason."""

from dataclasses import replace

from shared.app.delivered import Delivered
from shared.app.endings import await_moment
from shared.app.fan_out.direct import post_directly
from shared.app.ports import Ports
from shared.app.welcome_first import not_greeted
from shared.domain import envelope
from shared.domain.deliveries import Close, DirectPost, Expiry
from shared.domain.errors import ClientError, ErrorCode, TryAgain
from shared.domain.lease import Lease
from shared.domain.limits import TOKEN_NOTICE_SECONDS
from shared.domain.target import Target

_WORDS: dict[str, str] = {
    ErrorCode.TOKEN_EXPIRED: "The token has expired. Connect again with a new one.",
    ErrorCode.REVOKED: "Access was revoked. Sign in again.",
    ErrorCode.TOO_MANY_CONNECTIONS: "This user connected elsewhere, and may have only so many connections.",
}
_NO_REASON = "The server ends this connection. Connect again."


def close_connection(ports: Ports, close: Close, lease: Lease) -> Delivered:
    """Raises TryAgain."""
    if close.because is not None:
        problem = ClientError(close.because, _WORDS.get(close.because, _NO_REASON))
        target = Target(close.connection_id, connected_at=0.0)
        _tell(ports, target, envelope.error(problem, now=ports.clock.now()), lease=lease)
    if ports.sender.close([close.connection_id]):
        raise TryAgain(f"{close.connection_id} could not be closed")
    return Delivered(subject=close.connection_id, result="closed")


def expire(ports: Ports, expiry: Expiry, lease: Lease) -> Delivered:
    """Tell a connection that its token is about to end, or end it, or wait on. Raises TryAgain.

    Each token has an expiry of its own, which waits for its moment also when the token was renewed: the
    renewal may be under way, or have died half done.
    """
    now, connection_id = ports.clock.now(), expiry.connection_id
    connection = ports.registry.find(connection_id)
    if connection is None:
        return Delivered(subject=connection_id, result="gone")
    if connection.valid_until is not None and now >= connection.valid_until:
        untold = not_greeted(ports, [Target(connection_id, connection.connected_at)], now=now)
        because = None if untold else ErrorCode.TOKEN_EXPIRED
        return close_connection(ports, Close(connection_id=connection_id, because=because), lease)
    if now >= expiry.valid_until:
        return Delivered(subject=connection_id, result="renewed")
    if now >= expiry.valid_until - TOKEN_NOTICE_SECONDS and not expiry.told:
        if connection.valid_until == expiry.valid_until:
            target = Target(connection_id, connection.connected_at)
            _tell(ports, target, envelope.token_expiring(expiry.valid_until, now=now), lease=lease)
        else:
            ports.registry.refresh(connection)
        expiry = replace(expiry, told=True)
    await_moment(ports, expiry, now=now)
    return Delivered(subject=connection_id, result="told" if expiry.told else "waiting")


def _tell(ports: Ports, target: Target, message: envelope.Envelope, *, lease: Lease) -> None:
    # A connection that cannot be told is closed all the same.
    notice = DirectPost.to([target], event_id=f"end:{target.connection_id}", message=message.to_json())
    post_directly(ports, notice, lease=lease)
