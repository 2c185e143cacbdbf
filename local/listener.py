"""Serves HTTP and, on the same port, HTTPS: the first byte of a connection tells which it speaks."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable

from aiohttp import web

from local.tls import Authority

TLS_HANDSHAKE = b"\x16"  # RFC 8446 §5.1: the content type of a ClientHello's record


class Listener:
    def __init__(
        self, listening: socket.socket, protocol: Callable[[], asyncio.Protocol], context: ssl.SSLContext
    ) -> None:
        self._listening = listening
        self._protocol = protocol
        self._context = context
        self._starting: set[asyncio.Task[None]] = set()
        self._accepting: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._listening.setblocking(False)
        self._accepting = asyncio.create_task(self._accept())

    async def close(self) -> None:
        tasks = [*self._starting, *([self._accepting] if self._accepting else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._listening.close()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            connection, _ = await loop.sock_accept(self._listening)
            task = asyncio.create_task(self._serve(connection))
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    async def _serve(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            first = await _peek(connection)
            # A client that does not trust the certificate, or is gone already.
            with contextlib.suppress(OSError, ssl.SSLError):
                await loop.connect_accepted_socket(
                    self._protocol, connection, ssl=self._context if first == TLS_HANDSHAKE else None
                )
        except OSError:
            connection.close()
        except asyncio.CancelledError:
            connection.close()
            raise


async def _peek(connection: socket.socket) -> bytes:
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        loop.add_reader(connection, readable.set)
        try:
            await readable.wait()
        finally:
            loop.remove_reader(connection)
        return connection.recv(1, socket.MSG_PEEK)


async def listen(
    runner: web.AppRunner,
    opened: socket.socket,
    authority: Authority | None,
    cleanup: contextlib.AsyncExitStack,
) -> None:
    """Serve on an open socket, with TLS beside plain HTTP where there is an authority."""
    # This project's own functions are told the gateway's address; most others build it from their event.
    if authority is None or runner.server is None:
        await web.SockSite(runner, opened).start()
        return
    listener = Listener(opened, runner.server, authority.context_for("localhost"))
    cleanup.push_async_callback(listener.close)
    listener.start()
