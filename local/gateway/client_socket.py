"""The socket of one client, from the 101 on: frames in, frames out, and exactly one end.

It replaces aiohttp's protocol on the transport, so that an idle connection costs no task, request or parser.
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from .closing import LOST, Closure
from .frames import ClientViolation, FrameReader, Ping, encode_close, encode_pong, encode_text

if TYPE_CHECKING:
    from .connection import Connection
    from .limits import GatewayLimits


class Listener(Protocol):
    """Whom a socket tells what happens on it."""

    def message(self, connection: Connection, text: str) -> None: ...

    def ended(self, connection: Connection, closure: Closure) -> None:
        """Called once for each socket, as soon as it is of no more use."""
        ...


class _State(Enum):
    OPEN = auto()
    CLOSING = auto()  # our close frame is out; the client's answer is awaited
    DRAINING = auto()  # the connection failed: read on without looking, or a reset overtakes the close frame
    CLOSED = auto()


class ClientSocket(asyncio.Protocol):
    __slots__ = (
        "_connection",
        "_deadline",
        "_frames",
        "_gone",
        "_limits",
        "_listener",
        "_paused",
        "_state",
        "_transport",
    )

    def __init__(self, connection: Connection, *, listener: Listener, limits: GatewayLimits) -> None:
        self._connection = connection
        self._listener = listener
        self._limits = limits
        self._frames = FrameReader(max_frame_bytes=limits.frame_bytes, max_message_bytes=limits.message_bytes)
        self._state = _State.OPEN
        self._paused = False
        self._deadline: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self._gone: asyncio.Future[None] | None = None

    @property
    def is_open(self) -> bool:
        return self._state is _State.OPEN

    async def wait_gone(self) -> None:
        """Until the transport is gone, which is later than the end of the connection, and bounded."""
        if self._transport is not None:
            self._gone = asyncio.get_running_loop().create_future()
            await self._gone

    def attach(self, transport: asyncio.Transport, *, unread: bytes) -> None:
        """Take the transport over. `unread` is what the client sent before it saw the 101."""
        self._transport = transport
        transport.set_protocol(self)
        if unread:
            self.data_received(unread)

    def send_text(self, payload: bytes) -> bool:
        """False when the client has left so much unread that its buffer is full."""
        transport = self._transport
        if transport is None or self._state is not _State.OPEN:
            return False
        if transport.get_write_buffer_size() + len(payload) > self._limits.client_buffer_bytes:
            return False
        transport.write(encode_text(payload, max_frame_bytes=self._limits.frame_bytes))
        return True

    def close(self, closure: Closure) -> None:
        """Begin the closing handshake. For the gateway the connection has ended now."""
        if self._state is not _State.OPEN:
            return
        self._send(encode_close(closure))
        self._end(_State.CLOSING, closure)

    def reset(self) -> None:
        """Cut the connection without a close frame, as a network does."""
        if self._transport is not None:
            self._transport.abort()
        self._end(_State.CLOSED, LOST)

    def pause_reading(self) -> None:
        if not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        if self._state in (_State.DRAINING, _State.CLOSED):
            return
        try:
            for received in self._frames.feed(data):
                if isinstance(received, Closure):
                    self._closed_by_client(received)
                    return
                if self._state is not _State.OPEN:
                    continue
                if isinstance(received, Ping):
                    self._send(encode_pong(received.payload))
                else:
                    self._listener.message(self._connection, received)
        except ClientViolation as violation:
            self._fail(violation.closure)

    def eof_received(self) -> bool:
        # A false answer closes the transport; connection_lost follows.
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self._transport = None
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)
        self._end(_State.CLOSED, LOST)

    def _closed_by_client(self, closure: Closure) -> None:
        if self._state is _State.OPEN:
            # The answer repeats the code alone.
            self._send(encode_close(Closure(closure.code, "")))
        self._end(_State.CLOSED, closure)
        if self._transport is not None:
            self._transport.close()
            self._abort_later()

    def _fail(self, closure: Closure) -> None:
        if self._state is _State.OPEN:
            self._send(encode_close(closure))
        self._end(_State.DRAINING, closure)
        if self._transport is not None and self._transport.can_write_eof():
            self._transport.write_eof()

    def _end(self, state: _State, closure: Closure) -> None:
        first = self._state is _State.OPEN
        self._state = state
        if not first:
            return
        if state is not _State.CLOSED:
            self.resume_reading()
            self._abort_later()
        self._listener.ended(self._connection, closure)

    def _abort_later(self) -> None:
        """A client that does not answer, or read, must not hold the socket."""
        if self._transport is not None and self._deadline is None:
            self._deadline = asyncio.get_running_loop().call_later(
                self._limits.close_timeout_seconds, self._transport.abort
            )

    def _send(self, frame: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(frame)
