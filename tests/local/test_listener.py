import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from local import ports
from local.listener import Listener
from local.tls import Authority

pytestmark = [pytest.mark.network]


@pytest.fixture
def tls(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
async def port(tls: Authority) -> AsyncIterator[int]:
    async def handle(request: web.BaseRequest) -> web.Response:
        return web.Response(text=request.scheme)

    server = web.Server(handle)
    sockets = ports.listen(0)
    listeners = [Listener(opened, server, tls.context_for("localhost")) for opened in sockets]
    for listener in listeners:
        listener.start()
    yield sockets[0].getsockname()[1]
    await asyncio.gather(*(listener.close() for listener in listeners))
    await server.shutdown()


async def ask(url: str, tls: Authority) -> str:
    trusting = ssl.create_default_context(cafile=tls.certificate)
    async with aiohttp.ClientSession() as session, session.get(url, ssl=trusting) as response:
        return await response.text()


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_one_port_speaks_both(port: int, tls: Authority, scheme: str, host: str) -> None:
    assert await ask(f"{scheme}://{host}:{port}/", tls) == scheme


async def test_who_says_nothing_or_nonsense_holds_up_nobody(port: int, tls: Authority) -> None:
    _, silent = await asyncio.open_connection("127.0.0.1", port)
    reader, broken = await asyncio.open_connection("127.0.0.1", port)
    broken.write(b"\x16nonsense")
    assert await ask(f"https://localhost:{port}/", tls) == "https"
    assert await asyncio.wait_for(reader.read(), 10) is not None
    for writer in (silent, broken):
        writer.close()
        await writer.wait_closed()


async def test_a_client_that_does_not_trust_the_certificate_is_refused_and_the_next_is_served(
    port: int, tls: Authority
) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(f"https://localhost:{port}/")
    assert await ask(f"https://localhost:{port}/", tls) == "https"


def test_the_key_is_the_owners_alone(tls: Authority) -> None:
    assert (tls.certificate.parent / "key.pem").stat().st_mode & 0o777 == 0o600
