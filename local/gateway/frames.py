"""RFC 6455 as a server reads and writes it, without I/O: bytes in, messages out.

websockets parses and writes the frames; what is here puts fragments together under API Gateway's limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.frames import Close, Frame, Opcode
from websockets.streams import StreamReader

from .closing import BINARY, INVALID_TEXT, MESSAGE_TOO_BIG, NO_STATUS, CloseCode, Closure, protocol_error

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

_MAX_CONTROL_BYTES = 125


class ClientViolation(Exception):
    """The client broke the protocol or a limit: close with this."""

    def __init__(self, closure: Closure) -> None:
        super().__init__(closure.reason)
        self.closure = closure


@dataclass(frozen=True, slots=True)
class Ping:
    payload: bytes


# A whole message, a ping to answer, or the client's close. Pongs mean nothing here.
Received = str | Ping | Closure


class FrameReader:
    """Feed it what the socket gave; it yields whole messages and control frames.

    Raises ClientViolation, after having yielded everything that came before the fault. Whoever stops
    before the end of an iteration must not feed again.
    """

    __slots__ = (
        "_fragments",
        "_max_frame_bytes",
        "_max_message_bytes",
        "_message_bytes",
        "_parsing",
        "_stream",
    )

    def __init__(self, *, max_frame_bytes: int, max_message_bytes: int) -> None:
        self._max_frame_bytes = max_frame_bytes
        self._max_message_bytes = max_message_bytes
        # Both are there only while a part of a frame is: most connections are idle.
        self._stream: StreamReader | None = None
        self._parsing: Generator[None, None, Frame] | None = None
        self._fragments: list[bytes] | None = None
        self._message_bytes = 0

    def feed(self, data: bytes) -> Iterator[Received]:
        stream = self._stream or StreamReader()
        stream.feed_data(data)
        while stream.buffer:
            frame = self._parse(stream)
            if frame is None:
                self._stream = stream
                return
            received = self._take(frame)
            if received is not None:
                yield received
        self._stream = None

    def _parse(self, stream: StreamReader) -> Frame | None:
        """None while the rest of the frame has not arrived."""
        if self._parsing is None:
            left = self._max_message_bytes - self._message_bytes
            limit = max(min(self._max_frame_bytes, left), _MAX_CONTROL_BYTES)
            self._parsing = Frame.parse(stream.read_exact, mask=True, max_size=limit)
        try:
            next(self._parsing)
        except StopIteration as parsed:
            self._parsing = None
            frame: Frame = parsed.value
            return frame
        except PayloadTooBig as exc:
            raise ClientViolation(MESSAGE_TOO_BIG) from exc
        except ProtocolError as exc:
            raise ClientViolation(protocol_error(str(exc))) from exc
        return None

    def _take(self, frame: Frame) -> Received | None:
        payload = bytes(frame.data)
        match frame.opcode:
            case Opcode.PING:
                return Ping(payload)
            case Opcode.PONG:
                return None
            case Opcode.CLOSE:
                return _closure(payload)
            case Opcode.BINARY:
                raise ClientViolation(BINARY)
        return self._join(frame, payload)

    def _join(self, frame: Frame, payload: bytes) -> str | None:
        if (frame.opcode is Opcode.CONT) is (self._fragments is None):
            raise ClientViolation(protocol_error("Fragments out of order"))
        self._message_bytes += len(payload)
        if len(payload) > self._max_frame_bytes or self._message_bytes > self._max_message_bytes:
            raise ClientViolation(MESSAGE_TOO_BIG)
        if not frame.fin:
            if self._fragments is None:
                self._fragments = []
            if payload:  # else a client could have us collect nothings for ever
                self._fragments.append(payload)
            return None
        if self._fragments is not None:
            payload = b"".join((*self._fragments, payload))
            self._fragments = None
        self._message_bytes = 0
        try:
            return payload.decode()
        except UnicodeDecodeError as exc:
            raise ClientViolation(INVALID_TEXT) from exc


def _closure(payload: bytes) -> Closure:
    try:
        close = Close.parse(payload)
    except ProtocolError as exc:
        raise ClientViolation(protocol_error(str(exc))) from exc
    except UnicodeDecodeError as exc:
        raise ClientViolation(INVALID_TEXT) from exc
    return NO_STATUS if close.code == CloseCode.NO_STATUS else Closure(int(close.code), close.reason)


def encode_text(payload: bytes, *, max_frame_bytes: int) -> bytes:
    """One message, cut into frames that respect the quota of API Gateway in this direction, too."""
    if len(payload) <= max_frame_bytes:
        return Frame(Opcode.TEXT, payload).serialize(mask=False)
    frames = []
    for start in range(0, len(payload), max_frame_bytes):
        stop = start + max_frame_bytes
        opcode = Opcode.CONT if start else Opcode.TEXT
        frames.append(Frame(opcode, payload[start:stop], fin=stop >= len(payload)).serialize(mask=False))
    return b"".join(frames)


def encode_pong(payload: bytes) -> bytes:
    return Frame(Opcode.PONG, payload).serialize(mask=False)


def encode_close(closure: Closure) -> bytes:
    """A close frame without a code, when the client's had none."""
    payload = b"" if closure.code == CloseCode.NO_STATUS else Close(closure.code, closure.reason).serialize()
    return Frame(Opcode.CLOSE, payload).serialize(mask=False)
