"""The pure core of the protocol: bytes in, messages out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from local.gateway.closing import Closure
from local.gateway.frames import (
    ClientViolation,
    FrameReader,
    Ping,
    Received,
    encode_close,
    encode_pong,
    encode_text,
)

MASK = b"\x01\x02\x03\x04"


def server_frame(opcode: Opcode, payload: bytes, *, final: bool = True) -> bytes:
    return Frame(opcode, payload, final).serialize(mask=False)


def client_frame(opcode: int, payload: bytes, *, final: bool = True, reserved: int = 0) -> bytes:
    head = bytes([(0x80 if final else 0) | reserved | opcode])
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 1 << 16:
        length = bytes([0x80 | 126]) + size.to_bytes(2, "big")
    else:
        length = bytes([0x80 | 127]) + size.to_bytes(8, "big")
    return head + length + MASK + bytes(byte ^ MASK[n % 4] for n, byte in enumerate(payload))


def reader(*, max_frame_bytes: int = 1000, max_message_bytes: int = 4000) -> FrameReader:
    return FrameReader(max_frame_bytes=max_frame_bytes, max_message_bytes=max_message_bytes)


def read(data: bytes) -> list[Received]:
    return list(reader().feed(data))


@given(
    texts=st.lists(st.text(max_size=300), max_size=5),
    cuts=st.lists(st.integers(0, 2000), max_size=8),
    parts=st.integers(1, 4),
)
def test_messages_survive_any_fragmentation_and_any_chunking(
    texts: list[str], cuts: list[int], parts: int
) -> None:
    stream = b"".join(_fragmented(text.encode(), parts) for text in texts)
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    subject = reader()
    seen = [received for start, stop in pairwise(edges) for received in subject.feed(stream[start:stop])]
    assert seen == texts


def _fragmented(payload: bytes, parts: int) -> bytes:
    size = len(payload) // parts + 1
    pieces = [payload[start : start + size] for start in range(0, len(payload), size)] or [b""]
    return b"".join(
        client_frame(Opcode.CONT if n else Opcode.TEXT, piece, final=n == len(pieces) - 1)
        for n, piece in enumerate(pieces)
    )


def test_control_frames_may_stand_between_fragments() -> None:
    stream = (
        client_frame(Opcode.TEXT, b"hel", final=False)
        + client_frame(Opcode.PING, b"1")
        + client_frame(Opcode.PONG, b"2")
        + client_frame(Opcode.CONT, b"lo")
    )
    assert read(stream) == [Ping(b"1"), "hello"]


@pytest.mark.parametrize(
    ("payload", "closure"),
    [
        pytest.param(b"", Closure(1005, "Client-side close frame status not set"), id="no-code"),
        pytest.param(b"\x03\xe8", Closure(1000, ""), id="code"),
        pytest.param(b"\x0f\xa1bye", Closure(4001, "bye"), id="code-and-reason"),
    ],
)
def test_close_frames(payload: bytes, closure: Closure) -> None:
    assert read(client_frame(Opcode.CLOSE, payload)) == [closure]


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        pytest.param(client_frame(Opcode.TEXT, b"x", reserved=0x40), 1002, id="reserved-bit"),
        pytest.param(client_frame(3, b"x"), 1002, id="unknown-opcode"),
        pytest.param(server_frame(Opcode.TEXT, b"x"), 1002, id="unmasked"),
        pytest.param(client_frame(Opcode.PING, b"x" * 126), 1002, id="long-ping"),
        pytest.param(client_frame(Opcode.PING, b"x", final=False), 1002, id="fragmented-ping"),
        pytest.param(client_frame(Opcode.CONT, b"x"), 1002, id="continuation-of-nothing"),
        pytest.param(client_frame(Opcode.TEXT, b"x", final=False) * 2, 1002, id="text-within-message"),
        pytest.param(client_frame(Opcode.CLOSE, b"\x03"), 1002, id="half-a-close-code"),
        pytest.param(client_frame(Opcode.CLOSE, b"\x03\xed"), 1002, id="close-code-1005"),
        pytest.param(client_frame(Opcode.CLOSE, b"\x03\xe8\xff"), 1007, id="close-reason-not-utf8"),
        pytest.param(client_frame(Opcode.TEXT, b"\xff"), 1007, id="text-not-utf8"),
        pytest.param(client_frame(Opcode.BINARY, b"x"), 1003, id="binary"),
        pytest.param(client_frame(Opcode.TEXT, b"x" * 1001), 1009, id="frame-too-long"),
        pytest.param(
            client_frame(Opcode.TEXT, b"x" * 1000, final=False)
            + client_frame(Opcode.CONT, b"x" * 1000, final=False) * 3
            + client_frame(Opcode.CONT, b"x"),
            1009,
            id="message-too-long",
        ),
        pytest.param(bytes([0x81, 0xFF]) + b"\xff" * 8, 1009, id="length-of-64-bits"),
    ],
)
def test_violations(stream: bytes, code: int) -> None:
    with pytest.raises(ClientViolation) as violation:
        read(stream)
    assert violation.value.closure.code == code


def test_what_came_before_a_violation_is_delivered() -> None:
    frames = reader().feed(client_frame(Opcode.TEXT, b"ok") + client_frame(Opcode.BINARY, b"x"))
    assert next(frames) == "ok"
    with pytest.raises(ClientViolation):
        next(frames)


def test_empty_fragments_are_not_collected() -> None:
    subject = reader()
    list(subject.feed(client_frame(Opcode.TEXT, b"a", final=False)))
    list(subject.feed(client_frame(Opcode.CONT, b"", final=False) * 1000))
    assert subject._fragments == [b"a"]
    assert list(subject.feed(client_frame(Opcode.CONT, b"b"))) == ["ab"]


def test_a_long_frame_is_refused_before_it_has_arrived() -> None:
    with pytest.raises(ClientViolation):
        read(client_frame(Opcode.TEXT, b"x" * 1001)[:8])


def test_long_messages_leave_in_frames_within_the_quota() -> None:
    data = encode_text(b"x" * 250, max_frame_bytes=100)
    assert data == (
        server_frame(Opcode.TEXT, b"x" * 100, final=False)
        + server_frame(Opcode.CONT, b"x" * 100, final=False)
        + server_frame(Opcode.CONT, b"x" * 50)
    )


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        pytest.param(encode_close(Closure(1001, "Going away")), b"\x88\x0c\x03\xe9Going away", id="close"),
        pytest.param(encode_close(Closure(1005, "")), b"\x88\x00", id="close-without-a-code"),
        pytest.param(encode_pong(b"1"), b"\x8a\x011", id="pong"),
    ],
)
def test_control_frames(frame: bytes, expected: bytes) -> None:
    assert frame == expected
