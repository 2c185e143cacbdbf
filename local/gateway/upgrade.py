"""From HTTP to WebSocket: the 101, and the hand-over of the socket from aiohttp to the gateway."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from hashlib import sha1
from typing import TYPE_CHECKING, Any, cast

from aiohttp import web

if TYPE_CHECKING:
    from .client_socket import ClientSocket

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY_BYTES = 16


def wants_websocket(request: web.Request) -> bool:
    tokens = {token.strip().lower() for token in request.headers.get("Connection", "").split(",")}
    return "upgrade" in tokens and request.headers.get("Upgrade", "").strip().lower() == "websocket"


def is_valid_handshake(request: web.Request) -> bool:
    try:
        key = b64decode(request.headers.get("Sec-WebSocket-Key", ""), validate=True)
    except (Base64Error, ValueError):
        return False
    return len(key) == _KEY_BYTES and request.headers.get("Sec-WebSocket-Version") == "13"


class _Unread:
    """Takes the place of aiohttp's frame parser for a moment, to be given what arrived after the GET."""

    def __init__(self) -> None:
        self.data = b""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self.data += data
        return False, b""

    def feed_eof(self) -> None:
        pass


class HandedOver(web.StreamResponse):
    """aiohttp has nothing left to send for this request."""

    def __init__(self) -> None:
        super().__init__(status=101)

    async def prepare(self, request: web.BaseRequest) -> None:
        del request

    async def write_eof(self, data: bytes = b"") -> None:
        del data


def hand_over(request: web.Request, socket: ClientSocket, *, subprotocol: str | None) -> HandedOver:
    """Send the 101 and take the transport. A client that left meanwhile makes the socket end at once."""
    transport = request.transport
    if transport is None or transport.is_closing():
        socket.connection_lost(None)
        return HandedOver()
    unread = _Unread()
    request.protocol.set_parser(cast("Any", unread))
    transport.write(_switching_protocols(request.headers["Sec-WebSocket-Key"], subprotocol))
    socket.attach(transport, unread=unread.data)
    # Seen from aiohttp the client has left, and it forgets the request, its task and its parser.
    request.protocol.transport = None
    request.protocol.connection_lost(None)
    return HandedOver()


def _switching_protocols(key: str, subprotocol: str | None) -> bytes:
    accept = b64encode(sha1(f"{key}{_GUID}".encode()).digest()).decode()  # noqa: S324  (RFC 6455 says SHA-1)
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: upgrade",
        f"Sec-WebSocket-Accept: {accept}",
    ]
    if subprotocol is not None:
        lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
