"""What a program that uses the client may want to catch.

TidingsError
├── ConnectionRefused   the server refuses this client, and trying again will not help
├── RequestFailed       a subscribe or unsubscribe was refused or not answered; `code` says which
└── NotPublished        events that the bus did not take; they are listed
"""


class TidingsError(Exception):
    pass


class ConnectionRefused(TidingsError):
    def __init__(self, status: int) -> None:
        super().__init__(
            f"The server refused the connection with status {status}: check the token and the user"
        )
        self.status = status


class RequestFailed(TidingsError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
