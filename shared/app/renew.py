"""`authenticate`: a new token for a connection that is open, of the same user."""

from dataclasses import dataclass, replace

from shared.app.authenticate import Authenticate
from shared.app.close_connection import await_expiry
from shared.app.ports.admission import Admission, Admitted
from shared.app.ports.queue import Queue
from shared.domain import envelope
from shared.domain.connection import Connection
from shared.domain.envelope import Envelope, reply
from shared.domain.errors import AccessRefused, ClientError, ErrorCode
from shared.domain.grants import known_to
from shared.domain.messages import ClientMessage
from shared.domain.moments import wire_time
from tidings.catalog import Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Renew:
    admission: Admission
    queue: Queue
    authenticate: Authenticate
    catalog: Catalog

    def __call__(self, admitted: Admitted, message: ClientMessage, *, now: float) -> Envelope:
        connection = admitted.connection
        try:
            identity = known_to(self.authenticate.by_token(message.token, now=now), self.catalog)
            if identity.verified:
                self.authenticate.confirm(identity)
        except AccessRefused as refused:
            raise _failed(f"The token is refused: {refused.refusal}.", message) from refused
        if identity.verified:
            if identity.user_id != connection.user_id:
                raise _failed("The token is another user's: connect anew with it.", message)
            # Queued first: a crash in between leaves a message that finds nothing to end.
            await_expiry(self.queue, replace(connection, valid_until=identity.valid_until), now=now)
            connection = self.admission.renew(connection, identity, version=admitted.version)
        return self._answer(connection, now=now, request_id=message.request_id)

    def _answer(self, connection: Connection, *, now: float, request_id: str | None) -> Envelope:
        valid_until = connection.valid_until
        data = {
            "user_id": connection.user_id,
            "channels": self.catalog.listed(connection.channels),
            "authentication": self.authenticate.mode,
            "token_expires_at": None if valid_until is None else wire_time(valid_until),
        }
        return reply(envelope.AUTHENTICATED, data, now=now, request_id=request_id)


def _failed(words: str, message: ClientMessage) -> ClientError:
    return ClientError(ErrorCode.AUTHENTICATION_FAILED, words, request_id=message.request_id)
