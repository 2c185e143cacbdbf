"""API Gateway's own limits, as a client meets them."""

import json

from websockets.exceptions import ConnectionClosed

from verify.check import Needs, check, expect
from verify.client import Client
from verify.world import World

KB = 1024
UNSUPPORTED, TOO_BIG, GOING_AWAY = 1003, 1009, 1001
IDLE_SECONDS = 600
LIFETIME_SECONDS = 7_200


async def closed_with(client: Client, frames: str | bytes | list[str]) -> int:
    try:
        await client.socket.send(frames)
    except ConnectionClosed:
        pass
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
