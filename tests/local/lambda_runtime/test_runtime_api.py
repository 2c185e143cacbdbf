"""The Runtime API as a function's process meets it, on a socket."""

import asyncio

import pytest

from local.lambda_runtime.runtime_api import Delivery, RuntimeApi

pytestmark = [pytest.mark.network]


@pytest.mark.parametrize("rounds", [0, 1, 2, 10], ids="accepted {} rounds of the loop before".format)
async def test_a_closed_api_has_ended_its_connections(rounds: int) -> None:
    api = RuntimeApi()
    host, _, port = (await api.start()).partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for _ in range(rounds):
        await asyncio.sleep(0)
    api.close()
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n"
RESPONSE = (
    b"POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"
)


async def test_two_requests_at_once_are_answered_at_once_and_in_order() -> None:
    api = RuntimeApi()
    host, _, port = (await api.start()).partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    first, second = (Delivery(one, one.encode() * 3, {}) for one in ("1", "2"))
    api.deliver(first)
    writer.write(NEXT)
    assert await _answer(reader) == (b"200", b"111")
    writer.write(RESPONSE + NEXT)
    assert (await first.answer).payload == "{}"
    with pytest.raises(TimeoutError):
        # The answer to the response waits for the one to the next.
        await asyncio.wait_for(reader.read(1), 0.01)
    api.deliver(second)
    assert [await _answer(reader), await _answer(reader)] == [(b"202", b'{"status": "OK"}'), (b"200", b"222")]
    api.close()
    writer.close()
    await writer.wait_closed()


async def test_a_runtime_that_waits_for_each_answer_gets_each_at_once() -> None:
    api = RuntimeApi()
    host, _, port = (await api.start()).partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    api.deliver(Delivery("1", b"111", {}))
    for request, answer in ((NEXT, (b"200", b"111")), (RESPONSE, (b"202", b'{"status": "OK"}'))):
        writer.write(request)
        assert await _answer(reader) == answer
    api.close()
    writer.close()
    await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    size = next(int(line.split(b":")[1]) for line in head.splitlines() if line.startswith(b"Content-Length"))
    return head.split()[1], await reader.readexactly(size)
