"""`authenticate`: a new token for a connection that is open, of the same user."""

from dataclasses import replace

from shared.app import authenticate
from shared.app.endings import await_expiry
from shared.app.ports import Ports
from shared.app.ports.admission import Admitted
from shared.domain import envelope
from shared.domain.connection import Connection
from shared.domain.envelope import Envelope, reply
from shared.domain.errors import AccessRefused, ClientError, ErrorCode
from shared.domain.grants import known_to
from shared.domain.messages import ClientMessage
from shared.domain.moments import wire_time


def renew(ports: Ports, admitted: Admitted, message: ClientMessage, *, now: float) -> Envelope:
    connection = admitted.connection
    try:
        identity = known_to(authenticate.by_token(ports, message.token, now=now), ports.catalog)
        if identity.verified:
            authenticate.confirm(ports, identity)
    except AccessRefused as refused:
        raise _failed(f"The token is refused: {refused.refusal}.", message) from refused
    if identity.verified:
        if identity.user_id != connection.user_id:
            raise _failed("The token is another user's: connect anew with it.", message)
        # Queued first: a crash in between leaves a message that finds nothing to end.
        await_expiry(ports, replace(connection, valid_until=identity.valid_until), now=now)
        connection = ports.admission.renew(connection, identity, version=admitted.version)
    return _answer(ports, connection, now=now, request_id=message.request_id)


def _answer(ports: Ports, connection: Connection, *, now: float, request_id: str | None) -> Envelope:
    valid_until = connection.valid_until
    data = {
        "user_id": connection.user_id,
        "channels": ports.catalog.listed(connection.channels),
        "authentication": ports.settings.auth_mode,
        "token_expires_at": None if valid_until is None else wire_time(valid_until),
    }
    return reply(envelope.AUTHENTICATED, data, now=now, request_id=request_id)


def _failed(words: str, message: ClientMessage) -> ClientError:
    return ClientError(ErrorCode.AUTHENTICATION_FAILED, words, request_id=message.request_id)
