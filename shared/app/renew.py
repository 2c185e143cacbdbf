"""`authenticate`: a new token for a connection that is open, of the same user."""

from dataclasses import dataclass

from shared.app.authenticate import Authenticate
from shared.app.end import await_expiry
from shared.app.ports import Admission, Connections, Queue
from shared.domain import envelope, messages
from shared.domain.catalog import Channel
from shared.domain.connection import Connection
from shared.domain.envelope import Envelope, reply
from shared.domain.errors import AccessRefused, ClientError, ErrorCode
from shared.domain.moments import wire_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Renew:
    connections: Connections
    queue: Queue
    authenticate: Authenticate

    def __call__(self, admission: Admission, message: messages.Authenticate, *, now: float) -> Envelope:
        connection = admission.connection
        try:
            identity = self.authenticate.by_token(message.token, now=now)
            if identity.verified:
                self.authenticate.confirm(identity)
        except AccessRefused as refused:
            raise _failed(f"The token is refused: {refused.refusal}.", message) from refused
        if identity.verified:
            if identity.user_id != connection.user_id:
                raise _failed("The token is another user's: connect anew with it.", message)
            connection = self.connections.renew(connection.connection_id, identity, version=admission.version)
            await_expiry(self.queue, connection, now=now)
        return self._answer(connection, now=now, request_id=message.request_id)

    def _answer(self, connection: Connection, *, now: float, request_id: str | None) -> Envelope:
        valid_until = connection.valid_until
        data = {
            "user_id": connection.user_id,
            "channels": [channel for channel in Channel if channel in connection.channels],
            "authentication": self.authenticate.mode,
            "token_expires_at": None if valid_until is None else wire_time(valid_until),
        }
        return reply(envelope.AUTHENTICATED, data, now=now, request_id=request_id)


def _failed(words: str, message: messages.Authenticate) -> ClientError:
    return ClientError(ErrorCode.AUTHENTICATION_FAILED, words, request_id=message.request_id)
