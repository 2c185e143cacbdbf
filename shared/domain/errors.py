"""The error tree.

TidingsError
├── ClientError      the client's fault: carries the code and the words to answer
├── AccessRefused    the handshake's credential or origin is no good: carries the reason and the HTTP status
├── EventRejected    the producer's fault: carries the reasons kept beside the event
├── ConnectionLost   the connection's row is gone: it must connect again
└── TryAgain         not carried out now: what called it tries again
"""

from collections.abc import Sequence
from enum import StrEnum


class ErrorCode(StrEnum):
    """What `system.error` can say."""

    INVALID_JSON = "invalid_json"
    INVALID_MESSAGE = "invalid_message"
    UNKNOWN_ACTION = "unknown_action"
    UNKNOWN_CHANNEL = "unknown_channel"
    FORBIDDEN_CHANNEL = "forbidden_channel"
    RATE_LIMITED = "rate_limited"
    MESSAGE_TOO_LARGE = "message_too_large"
    AUTHENTICATION_FAILED = "authentication_failed"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105  a name, not a secret
    REVOKED = "revoked"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    TOO_MANY_CHANNELS = "too_many_channels"
    INTERNAL_ERROR = "internal_error"


class TidingsError(Exception):
    """Base of everything this product raises on purpose."""


class ClientError(TidingsError):
    """A client's message cannot be carried out; the connection stays open."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        request_id: str | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.request_id = request_id
        self.retry_after_seconds = retry_after_seconds


class Refusal(StrEnum):
    """Why somebody is not let in: for the log, never with what was sent."""

    NO_CREDENTIAL = "no token and no ticket"
    SEVERAL_CREDENTIALS = "more than one token or ticket"
    TOO_LARGE = "token too large"
    MALFORMED = "token cannot be read"
    ALGORITHM = "algorithm not accepted"
    UNKNOWN_KEY = "no such key"
    KEYS_UNAVAILABLE = "the provider's keys cannot be had"
    SIGNATURE = "signature does not hold"
    EXPIRED = "token expired"
    NOT_YET_VALID = "token not valid yet"
    ISSUER = "wrong issuer"
    AUDIENCE = "wrong audience"
    NO_USER = "no user in the token"
    CHANNELS_CLAIM = "channels claim cannot be read"
    CLAIMS_TOO_LARGE = "channels and claims too large to keep with the connection"
    TICKET = "ticket unknown, used or expired"
    REVOKED = "revoked since it was issued"
    TICKET_ORIGIN = "ticket issued for another origin"
    OTHER_USER = "user_id is not the token's user"
    ORIGIN = "origin not allowed"
    ORIGIN_MISSING = "no origin"
    USER_ID = "user_id too long"
    TOO_MANY_CONNECTIONS = "too many connections of this user, or from this address"

    @property
    def status_code(self) -> int:
        return _STATUS_CODES.get(self, 401)


# Who it is was not shown: 401. Shown, but not allowed: 403.
_STATUS_CODES = {
    Refusal.TICKET_ORIGIN: 403,
    Refusal.OTHER_USER: 403,
    Refusal.ORIGIN: 403,
    Refusal.ORIGIN_MISSING: 403,
    Refusal.USER_ID: 400,
    Refusal.TOO_MANY_CONNECTIONS: 429,
}


class AccessRefused(TidingsError):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class EventRejected(TidingsError):
    """An event from the bus is not valid: it is kept with these reasons, never delivered."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = tuple(reasons)


class ConnectionLost(TidingsError):
    """A message came from a connection whose row is gone."""


class TryAgain(TidingsError):
    """Not carried out now. What called it tries again: a queue, the bus, or a client.

    AWS refused, others were quicker at every try, or a newer version wrote this: during a deployment both
    versions run, and a later try reaches the newer one.
    """
