"""Answers HTTPS as AWS's own hosts: this API's execute-api address and the services of the local AWS."""

import asyncio
import contextlib
import json
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from local.tls import Authority

EXECUTE_API = re.compile(r"^([^.]+)\.execute-api\.")
NOBODY = "localhost"
"""For a handshake that names no host."""
CHUNK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Places:
    api_id: str
    gateway_port: int
    aws_port: int


class AwsHosts:
    def __init__(self, authority: Authority, places: Places, *, say: Callable[[str], None]) -> None:
        """`say` is told in one line of hosts that nothing here answers for."""
        self.authority = authority
        self.port = 0
        """Where it listens, once started."""
        self._places = places
        self._say = say
        self._hosts: dict[ssl.SSLContext, str] = {}
        self._told: set[str] = set()
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def start(self) -> None:
        """Listen on a free port of this machine."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.sni_callback = self._choose
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._open.values():
            writer.transport.abort()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _choose(self, handshake: ssl.SSLObject, host: str | None, context: ssl.SSLContext) -> None:
        del context
        chosen = self.authority.context_for(host or NOBODY)
        self._hosts[chosen] = host or NOBODY
        handshake.context = chosen

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine that asyncio runs is a task
        self._open[task] = writer
        try:
            host = self._hosts.get(writer.get_extra_info("ssl_object").context, NOBODY)
            await self._hand_on(host, reader, writer)
        finally:
            del self._open[task]
            writer.close()

    async def _hand_on(self, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        match = EXECUTE_API.match(host)
        if match and match[1] != self._places.api_id:
            self._refuse(host, writer)
            return
        port = self._places.gateway_port if match else self._places.aws_port
        with contextlib.suppress(OSError):
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))
            finally:
                inner_writer.close()

    def _refuse(self, host: str, writer: asyncio.StreamWriter) -> None:
        if host not in self._told:
            self._told.add(host)
            self._say(f"NOT REACHED  {host}: it is not the address of this template's WebSocket API")
        body = json.dumps({"message": f"{host} is no API of this local run"})
        head = f"HTTP/1.1 404 Not Found\r\nContent-Length: {len(body)}\r\nContent-Type: application/json"
        writer.write(f"{head}\r\nConnection: close\r\n\r\n{body}".encode())


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, ssl.SSLError):
        while data := await reader.read(CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
    # The end of one direction ends both: HTTP never goes on half closed.
    with contextlib.suppress(OSError, RuntimeError):
        writer.close()
