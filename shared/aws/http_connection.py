"""One keep-alive HTTP/1.1 connection on a non-blocking socket: one request at a time, its answer's status."""

import errno
import os
import socket
import ssl
from collections.abc import Sequence
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from httptools import HttpParserError, HttpResponseParser

READ_BYTES = 65_536

Address = tuple[int, Any]
"""Family and address, as `socket.getaddrinfo` tells them."""


class HttpConnection:
    """Raises OSError when made, ConnectionError from `advance`: after that it can only be closed."""

    __slots__ = (
        "_complete",
        "_context",
        "_host",
        "_keep",
        "_parser",
        "_sending",
        "_shaking",
        "_socket",
        "answered",
        "deadline",
        "heard",
        "others",
        "ready",
        "request",
        "status",
        "target",
    )

    def __init__(self, addresses: Sequence[Address], *, host: str, tls: ssl.SSLContext | None) -> None:
        """Begin to connect to the first address; the others are for whoever tries again."""
        family, address = addresses[0]
        self.others = addresses[1:]
        self._host = host
        self._context = tls
        self._parser = HttpResponseParser(self)
        self._complete = self._keep = self._shaking = False
        self._sending: bytes | memoryview = b""
        self.request = b""
        self.target = ""
        self.deadline = 0.0
        self.status = 0
        self.answered = 0
        """How many answers it has given: one that gave some may have been closed by the server meanwhile."""
        self.heard = False
        """Whether any byte of the current answer has come."""
        self.ready = False
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = self._socket.connect_ex(address)
        if code not in (0, errno.EINPROGRESS):
            self._socket.close()
            raise OSError(code, os.strerror(code))

    def ask(self, target: str, request: bytes, *, deadline: float) -> None:
        """Begin a request. Follow with `advance`."""
        self.target, self.request, self.deadline = target, request, deadline
        self._sending = request
        self._complete = self.heard = False

    def fileno(self) -> int:
        """-1 once it is closed."""
        return self._socket.fileno()

    def advance(self) -> int:
        """Do what can be done now: the selector's event to wait for before more can be.

        0 when the answer is complete: `status` and `reusable` tell it. Raises ConnectionError when the
        connection was refused, reset or closed, or does not speak HTTP.
        """
        try:
            return self._advance()
        except ssl.SSLWantReadError:
            return EVENT_READ
        except ssl.SSLWantWriteError:
            return EVENT_WRITE
        except BlockingIOError:
            return EVENT_WRITE if self._sending else EVENT_READ
        except (OSError, HttpParserError) as exc:
            raise ConnectionError(str(exc)) from exc

    @property
    def reusable(self) -> bool:
        return self._complete and self._keep

    def close(self) -> None:
        self._socket.close()
        del self._parser  # it holds this link: not to be left to the garbage collector

    def on_message_complete(self) -> None:
        """The parser's callback."""
        self.status = self._parser.get_status_code()
        self._keep = self._parser.should_keep_alive()
        self._complete = True

    def _advance(self) -> int:
        if not self.ready:
            self._open()
        if self._sending:
            while self._sending:
                sent = self._socket.send(self._sending)
                self._sending = memoryview(self._sending)[sent:] if sent < len(self._sending) else b""
            # To look for the answer at once would be in vain, and a vain look costs as much as the answer.
            return EVENT_READ
        while not self._complete:
            data = self._socket.recv(READ_BYTES)
            if not data:
                raise ConnectionError("closed by the server")
            self.heard = True
            self._parser.feed_data(data)
        self.answered += 1
        return 0

    def _open(self) -> None:
        if not self._shaking:
            code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                raise OSError(code, os.strerror(code))
            self._socket.getpeername()  # raises while the connection is not there yet
            if self._context is not None:
                self._socket = self._context.wrap_socket(
                    self._socket, server_hostname=self._host, do_handshake_on_connect=False
                )
            self._shaking = True
        if isinstance(self._socket, ssl.SSLSocket):
            self._socket.do_handshake()
        self.ready = True
