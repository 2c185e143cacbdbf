"""The Runtime API as a function's process meets it, on a socket."""

import asyncio

import pytest

from local.lambda_runtime.runtime_api import RuntimeApi

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
