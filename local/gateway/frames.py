"""RFC 6455 as a server reads and writes it, without I/O: bytes in, frames out.

aiohttp's own reader joins fragments before anyone sees them; API Gateway limits frames and messages apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from struct import Struct
from typing import TYPE_CHECKING

from .closing import BINARY, INVALID_TEXT, MESSAGE_TOO_BIG, NO_STATUS, Closure, protocol_error

if TYPE_CHECKING:
    from collections.abc import Iterator

_UINT16 = Struct(">H")
_UINT64 = Struct(">Q")
_SHORT = 126
_LONG = 127
_MAX_CONTROL_BYTES = 125
_FIN = 0x80
_RESERVED = 0x70
_OPCODE = 0x0F
_CONTROL = 0x08
_MASKED = 0x80
# https://www.rfc-editor.org/rfc/rfc6455#section-7.4 and the IANA registry
_CLOSE_CODES = frozenset({1000, 1001, 1002, 1003, *range(1007, 1015)})
_PRIVATE_CLOSE_CODES = range(3000, 5000)


class Opcode(IntEnum):
    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


_KNOWN_OPCODES = frozenset(int(opcode) for opcode in Opcode)


class ClientViolation(Exception):
    """The client broke the protocol or a limit: close with this."""

    def __init__(self, closure: Closure) -> None:
        super().__init__(closure.reason)
        self.closure = closure


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Ping:
    payload: bytes


@dataclass(frozen=True, slots=True)
class Pong:
    payload: bytes


@dataclass(frozen=True, slots=True)
class Close:
    closure: Closure


Received = Text | Ping | Pong | Close


class FrameReader:
    """Feed it what the socket gave; it yields whole messages and control frames.

    Raises ClientViolation, after having yielded everything that came before the fault. Whoever stops
    before the end of an iteration must not feed again.
    """

    __slots__ = ("_fragments", "_max_frame_bytes", "_max_message_bytes", "_message_bytes", "_unread")

    def __init__(self, *, max_frame_bytes: int, max_message_bytes: int) -> None:
        self._max_frame_bytes = max_frame_bytes
        self._max_message_bytes = max_message_bytes
        self._unread = b""
        self._fragments: list[bytes] | None = None
        self._message_bytes = 0

    def feed(self, data: bytes) -> Iterator[Received]:
        data = self._unread + data if self._unread else data
        position, end = 0, len(data)
        while end - position >= 2:  # noqa: PLR2004  (a frame begins with two bytes)
            first, second = data[position], data[position + 1]
            mask_at = position + 2
            length = second & 0x7F
            if length == _SHORT:
                if end - mask_at < _UINT16.size:
                    break
                (length,) = _UINT16.unpack_from(data, mask_at)
                mask_at += _UINT16.size
            elif length == _LONG:
                if end - mask_at < _UINT64.size:
                    break
                (length,) = _UINT64.unpack_from(data, mask_at)
                mask_at += _UINT64.size
            self._check_header(first, second, length)
            payload_at = mask_at + 4
            if end - payload_at < length:
                break
            position = payload_at + length
            payload = unmask(data[mask_at:payload_at], data[payload_at:position])
            received = self._take(first, payload)
            if received is not None:
                yield received
        self._unread = data[position:]

    def _check_header(self, first: int, second: int, length: int) -> None:
        opcode = first & _OPCODE
        if first & _RESERVED or opcode not in _KNOWN_OPCODES:
            raise ClientViolation(protocol_error("Reserved bits or opcode"))
        if not second & _MASKED:
            raise ClientViolation(protocol_error("Frame is not masked"))
        if opcode & _CONTROL:
            if length > _MAX_CONTROL_BYTES or not first & _FIN:
                raise ClientViolation(protocol_error("Control frame is too long or fragmented"))
            return
        if (opcode == Opcode.CONTINUATION) is (self._fragments is None):
            raise ClientViolation(protocol_error("Fragments out of order"))
        if opcode == Opcode.BINARY:
            raise ClientViolation(BINARY)
        if length > self._max_frame_bytes or self._message_bytes + length > self._max_message_bytes:
            raise ClientViolation(MESSAGE_TOO_BIG)

    def _take(self, first: int, payload: bytes) -> Received | None:
        opcode = first & _OPCODE
        if opcode & _CONTROL:
            return _control(opcode, payload)
        if not first & _FIN:
            if self._fragments is None:
                self._fragments = []
            if payload:  # else a client could have us collect nothings for ever
                self._fragments.append(payload)
            self._message_bytes += len(payload)
            return None
        if self._fragments is not None:
            payload = b"".join((*self._fragments, payload))
            self._fragments = None
            self._message_bytes = 0
        return Text(_utf8(payload))


def _control(opcode: int, payload: bytes) -> Received:
    if opcode == Opcode.PING:
        return Ping(payload)
    if opcode == Opcode.PONG:
        return Pong(payload)
    if not payload:
        return Close(NO_STATUS)
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or not (code in _CLOSE_CODES or code in _PRIVATE_CLOSE_CODES):
        raise ClientViolation(protocol_error("Invalid close code"))
    return Close(Closure(code, _utf8(payload[2:])))


def _utf8(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError as exc:
        raise ClientViolation(INVALID_TEXT) from exc


def unmask(mask: bytes, payload: bytes) -> bytes:
    """XOR in one big-integer operation: no loop in Python, linear in the payload."""
    size = len(payload)
    if not size:
        return payload
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")).to_bytes(size, "little")


def encode(opcode: Opcode, payload: bytes, *, final: bool = True) -> bytes:
    """One unmasked frame, as servers send them."""
    first = opcode | _FIN if final else int(opcode)
    size = len(payload)
    if size < _SHORT:
        return bytes((first, size)) + payload
    if size < 1 << 16:
        return bytes((first, _SHORT)) + _UINT16.pack(size) + payload
    return bytes((first, _LONG)) + _UINT64.pack(size) + payload


def encode_text(payload: bytes, *, max_frame_bytes: int) -> bytes:
    """One message, cut into frames that respect the quota of API Gateway in this direction, too."""
    if len(payload) <= max_frame_bytes:
        return encode(Opcode.TEXT, payload)
    frames = []
    for start in range(0, len(payload), max_frame_bytes):
        stop = start + max_frame_bytes
        opcode = Opcode.CONTINUATION if start else Opcode.TEXT
        frames.append(encode(opcode, payload[start:stop], final=stop >= len(payload)))
    return b"".join(frames)


def encode_close(closure: Closure) -> bytes:
    return encode(Opcode.CLOSE, _UINT16.pack(closure.code) + closure.reason.encode()[:123])
