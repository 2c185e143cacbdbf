"""The error tree.

TidingsError
├── ClientError      the client's fault: carries the code and the words to answer
├── EventRejected    the producer's fault: carries the reasons kept beside the event
└── ConnectionLost   the connection's row is gone: it must connect again
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
    INTERNAL_ERROR = "internal_error"


class TidingsError(Exception):
    """Base of everything this product raises on purpose."""


class ClientError(TidingsError):
    """A client's message cannot be carried out; the connection stays open."""

    def __init__(
        self,
        code: ErrorCode,
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


class EventRejected(TidingsError):
    """An event from the bus is not valid: it is kept with these reasons, never delivered."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = tuple(reasons)


class ConnectionLost(TidingsError):
    """A message came from a connection whose row is gone."""
