"""Close codes and the reasons that go with them in close frames and DISCONNECT events."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class CloseCode(IntEnum):
    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    UNSUPPORTED_DATA = 1003
    NO_STATUS = 1005
    ABNORMAL = 1006
    INVALID_PAYLOAD = 1007
    MESSAGE_TOO_BIG = 1009


@dataclass(frozen=True, slots=True)
class Closure:
    """Why a connection ended, as `disconnectStatusCode` and `disconnectReason` report it."""

    code: int
    reason: str


# Captured from AWS: docs/decisions/0021 lists which of these are, and which are readings.
DELETED = Closure(CloseCode.NORMAL, "Connection Closed Normally")
GOING_AWAY = Closure(CloseCode.GOING_AWAY, "Going away")
NO_STATUS = Closure(CloseCode.NO_STATUS, "Client-side close frame status not set")
LOST = Closure(CloseCode.ABNORMAL, "Connection lost")
MESSAGE_TOO_BIG = Closure(CloseCode.MESSAGE_TOO_BIG, "Message too big")
BINARY = Closure(CloseCode.UNSUPPORTED_DATA, "Binary frames are not supported")
INVALID_TEXT = Closure(CloseCode.INVALID_PAYLOAD, "Invalid UTF-8")


def protocol_error(reason: str) -> Closure:
    return Closure(CloseCode.PROTOCOL_ERROR, reason)
