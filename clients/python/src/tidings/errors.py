"""What a program that uses the client may want to catch.

TidingsError
├── ConnectionRefused   the server refuses this client, and trying again will not help
├── RequestFailed       a subscribe or unsubscribe was refused or not answered; `code` says which
├── InvalidEvent        an event that Tidings would reject, with the reasons; a ValueError, too
└── NotPublished        events that the bus did not take; they are listed

DeclarationError        a catalogue that makes no sense; a ValueError, and none of the above
"""

from collections.abc import Sequence


class TidingsError(Exception):
    pass


class ConnectionRefused(TidingsError):
    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status
        """Of the handshake; None when an open connection was ended."""


class RequestFailed(TidingsError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class InvalidEvent(TidingsError, ValueError):
    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = list(reasons)


class DeclarationError(ValueError):
    """A declaration makes no sense; the message names the type and what is wrong with it."""

    def __init__(self, message: str, *, module: str | None = None) -> None:
        super().__init__(message)
        self.module = module
        """That of the type, where the mistake shows elsewhere."""
