"""A proxy before the running system that breaks one promise of it: what verifies must name the promise."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

Message = dict[str, Any]


@dataclass
class Link:
    """One client's connection through the proxy."""

    client: ServerConnection
    system: ClientConnection
    channels: frozenset[str]
    everybody: "set[Link]"
    memory: list[Message] = field(default_factory=list)

    __hash__ = object.__hash__
    __eq__ = object.__eq__

    async def tell(self, message: Message) -> None:
        await self.client.send(json.dumps(message))


Told = Callable[[Link, Message], Awaitable[None]]
Asked = Callable[[Link, str], Awaitable[None]]


async def tell_as_it_is(link: Link, message: Message) -> None:
    await link.tell(message)


async def ask_as_it_is(link: Link, text: str) -> None:
    await link.system.send(text)


@contextlib.asynccontextmanager
async def proxy(
    upstream: str, *, told: Told = tell_as_it_is, asked: Asked = ask_as_it_is
) -> AsyncIterator[str]:
    """The address of a proxy that hands messages to `told` and `asked` instead of passing them on."""
    links: set[Link] = set()

    async def serve_one(client: ServerConnection) -> None:
        assert client.request is not None
        query = urlsplit(client.request.path).query
        channels = parse_qs(query).get("channels", [""])[0].split(",")
        async with connect(f"{upstream}?{query}" if query else upstream, ping_interval=None) as system:
            link = Link(client, system, frozenset(channels), links)
            links.add(link)
            try:
                await both_ways(link)
            finally:
                links.discard(link)

    async def both_ways(link: Link) -> None:
        async def down() -> None:
            async for frame in link.system:
                await told(link, json.loads(frame))
            await link.client.close(link.system.close_code or 1000)

        async def up() -> None:
            async for frame in link.client:
                await asked(link, str(frame))
            await link.system.close()

        ways = [asyncio.create_task(down()), asyncio.create_task(up())]
        _, under_way = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in under_way:
            way.cancel()
        for way in ways:
            with contextlib.suppress(ConnectionClosed, asyncio.CancelledError):
                await way

    async with serve(serve_one, "localhost", 0, ping_interval=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://localhost:{port}"
