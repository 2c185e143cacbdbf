"""The welcome is the first message, however early a client asks and a producer publishes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.e2e.system import ANSWER_WITHIN_SECONDS, Client, System
from tests.fakes.payloads import PAYLOADS

pytestmark = pytest.mark.network

CLIENTS = 20
EARLY_EVENTS = 3
EVENT = "skill_gap.completed"


@asynccontextmanager
async def unwelcomed(system: System, query: str) -> AsyncIterator[ClientConnection]:
    """A connection of which nothing was read yet."""
    async with connect(
        f"{system.guide_url}?{query}", ping_interval=None, open_timeout=ANSWER_WITHIN_SECONDS
    ) as socket:
        yield socket


async def heard_until(socket: ClientConnection, **last: str) -> list[dict[str, Any]]:
    """Every message up to the one that has this `type` or `id`."""
    client, heard = Client(socket), [await Client(socket).next()]
    while not last.items() <= heard[-1].items():
        heard.append(await client.next())
    return heard


async def test_an_answer_does_not_overtake_it(system: System) -> None:
    async def one(number: int) -> list[dict[str, Any]]:
        async with unwelcomed(system, f"user_id=early{number}&channels=jobs") as socket:
            await socket.send(json.dumps({"action": "list_channels"}))
            return await heard_until(socket, type="system.channels")

    heard = await asyncio.gather(*(one(number) for number in range(CLIENTS)))
    assert [messages[0]["type"] for messages in heard] == ["system.connected"] * CLIENTS


@pytest.mark.slow
async def test_an_event_published_during_the_handshake_does_not_overtake_it(system: System) -> None:
    async def one(number: int) -> list[dict[str, Any]]:
        user_id = f"meets{number}"
        publishing = asyncio.create_task(publish_some(user_id))
        async with unwelcomed(system, f"user_id={user_id}&channels=skills") as socket:
            await publishing
            await system.put(EVENT, PAYLOADS[EVENT], user_id=user_id, id=f"last {number}")
            return await heard_until(socket, id=f"last {number}")

    async def publish_some(user_id: str) -> None:
        for _ in range(EARLY_EVENTS):
            await system.put(EVENT, PAYLOADS[EVENT], user_id=user_id)

    heard = await asyncio.gather(*(one(number) for number in range(CLIENTS)))
    assert [messages[0]["type"] for messages in heard] == ["system.connected"] * CLIENTS
    # Some met a handshake under way, or this would show nothing.
    assert any(len(messages) > len(("welcome", "last")) for messages in heard)
