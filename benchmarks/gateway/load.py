"""Load for a WebSocket gateway: thousands of bare clients in one process, each a transport and a future."""

from __future__ import annotations

import asyncio
import os
from base64 import b64encode
from urllib.parse import quote

_MASKED_TEXT = 0x81
_SIGNATURE = (
    "AWS4-HMAC-SHA256 Credential=AKID/20261122/us-east-1/execute-api/aws4_request, "
    f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
)


class Client(asyncio.Protocol):
    """Sends short text frames, reads short text frames: what the benchmark needs and no more."""

    def __init__(self, port: int, path: str) -> None:
        self._port = port
        self._path = path
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._open = False
        self._waiter: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def connect(self) -> Client:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(lambda: self, "127.0.0.1", self._port)
        self._transport = transport
        key = b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nConnection: Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        async with asyncio.timeout(60):
            await self._waiter
        return self

    async def ask(self, text: bytes) -> bytes:
        """One round trip."""
        assert self._transport is not None
        answer = self.answer()
        # A mask of zeros is legal, and costs this process nothing.
        self._transport.write(bytes((_MASKED_TEXT, 0x80 | len(text))) + b"\0\0\0\0" + text)
        return await answer

    def answer(self) -> asyncio.Future[bytes]:
        """The next message, to be awaited after whatever makes it come."""
        self._waiter = asyncio.get_running_loop().create_future()
        return self._waiter

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._open:
            head, separator, rest = self._buffer.partition(b"\r\n\r\n")
            if not separator:
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._open, self._buffer = True, rest
            self._waiter.set_result(head)
        while len(self._buffer) >= 2:
            size, start = self._buffer[1] & 0x7F, 2
            if size == 126:
                size, start = int.from_bytes(self._buffer[2:4], "big"), 4
            if len(self._buffer) < start + size:
                return
            payload, self._buffer = self._buffer[start : start + size], self._buffer[start + size :]
            if not self._waiter.done():
                self._waiter.set_result(payload)


async def connect_all(port: int, path: str, count: int, *, at_once: int = 50) -> list[Client]:
    gate = asyncio.Semaphore(at_once)

    async def one() -> Client:
        async with gate:
            return await Client(port, path).connect()

    return await asyncio.gather(*(one() for _ in range(count)))


async def round_trips(clients: list[Client], each: int) -> None:
    """Closed loop: each client waits for its answer."""

    async def one(client: Client) -> None:
        for _ in range(each):
            await client.ask(b'{"action":"echo","text":"' + b"x" * 60 + b'"}')

    await asyncio.gather(*(one(client) for client in clients))


async def fan_out(
    port: int, prefix: str, clients: list[Client], ids: list[str], *, senders: int = 16
) -> None:
    """One post to each client, until the last of them has received it."""
    arrivals = [client.answer() for client in clients]
    queue = iter(ids)

    async def sender() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for connection_id in queue:
            target = f"{prefix}/@connections/{quote(connection_id, safe='')}"
            writer.write(
                f"POST {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                f"Authorization: {_SIGNATURE}\r\nContent-Length: 100\r\n\r\n".encode()
                + b"x" * 100
            )
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 204")), head
        writer.close()
        await writer.wait_closed()

    async with asyncio.timeout(120):
        await asyncio.gather(*(sender() for _ in range(senders)))
        await asyncio.gather(*arrivals)
