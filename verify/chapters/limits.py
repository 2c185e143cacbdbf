"""API Gateway's own limits, as a client meets them."""

import contextlib
import json

from websockets.exceptions import ConnectionClosed, InvalidStatus

from verify.check import Broken, Needs, NotAskedError, check, expect
from verify.client import Client
from verify.world import World

KB = 1024
UNSUPPORTED, TOO_BIG = 1003, 1009
TOO_MANY = 429
# The default of connections_per_user is 20; on a stage that allows more than this, the check is not asked.
CONNECTIONS = 26


async def closed_with(client: Client, frames: str | bytes | list[str]) -> int:
    with contextlib.suppress(ConnectionClosed):
        await client.socket.send(frames)
    return await client.until_closed()


@check("A message of more than 128 KB closes the connection with 1009.")
async def over_128_kb(world: World) -> None:
    async with world.client(world.user()) as client:
        part = "x" * (30 * KB)
        code = await closed_with(client, ['{"action": "', part, part, part, part, part, '"}'])
        expect(code == TOO_BIG, f"closed with {code}")


@check("A single frame of more than 32 KB closes the connection with 1009.")
async def frame_over_32_kb(world: World) -> None:
    async with world.client(world.user()) as client:
        code = await closed_with(client, json.dumps({"action": "ping", "padding": "x" * (33 * KB)}))
        expect(code == TOO_BIG, f"closed with {code}")


@check("A binary frame closes the connection with 1003.")
async def binary(world: World) -> None:
    async with world.client(world.user()) as client:
        code = await closed_with(client, b"\x00\x01")
        expect(code == UNSUPPORTED, f"closed with {code}")


@check("A ping frame is answered with a pong frame, and costs no message.")
async def ping_frame(world: World) -> None:
    async with world.client(world.user()) as client:
        await (await client.socket.ping())
        await client.settled()
        came = {one["type"] for one in client.messages}
        expect(came <= {"system.connected", "system.ping"}, f"messages came: {sorted(came)}")


@check(
    "A user has so many connections and no more: the oldest is closed, or the newest refused.",
    Needs.AUTHENTICATION,
)
async def connections_of_a_user(world: World) -> None:
    user = world.user()
    async with contextlib.AsyncExitStack() as stack:
        oldest = await stack.enter_async_context(world.client(user))
        try:
            for _ in range(CONNECTIONS - 1):
                newest = await stack.enter_async_context(world.client(user))
                if oldest.closed:
                    break
        except InvalidStatus as refused:
            status = refused.response.status_code
            expect(status == TOO_MANY, f"refused with {status}")
            return
        with contextlib.suppress(Broken):
            await oldest.until_closed()
        if not oldest.closed:
            raise NotAskedError(f"this stage allows {CONNECTIONS} and more")
        codes = [one["data"].get("code") for one in oldest.of("system.error")]
        expect("too_many_connections" in codes, f"the oldest was closed, and told {codes}")
        answer = await newest.ask("ping")
        expect(answer["type"] == "system.pong", "the newest is of no use")
