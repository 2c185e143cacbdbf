"""Ended connections: noticed, and exactly their rows removed."""

import asyncio
import time
from collections.abc import Callable

from verify import tables
from verify.check import Broken, check, expect
from verify.client import Client
from verify.payloads import payload
from verify.world import World

# Removal follows `$disconnect`, or a failed post and its retries.
REMOVED_WITHIN_SECONDS = 40.0
LOOK_AGAIN_SECONDS = 0.5


async def no_row(world: World, connection_id: str, after: str) -> None:
    """Wait until the connection's row is gone. Raises Broken."""
    stage = world.place.stage
    began = time.monotonic()
    while await asyncio.to_thread(tables.connection_row, stage, connection_id):
        expect(time.monotonic() - began < REMOVED_WITHIN_SECONDS, f"{after}: its row stays")
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def rows_go(world: World, after: str, end: Callable[[Client], object]) -> None:
    user = world.user()
    async with world.client(user, "jobs") as client:
        row = await asyncio.to_thread(tables.connection_row, world.place.stage, client.connection_id)
        expect(row, "a welcomed connection has no row")
        ended = end(client)
        if asyncio.iscoroutine(ended):
            await ended
        await no_row(world, client.connection_id, after)
    left = await asyncio.to_thread(tables.rows_of_user, world.place.stage, user)
    expect(not left, f"{after}: {len(left)} rows are left in the user's topic")


@check("After a client closed, its rows are removed.")
async def rows_go_after_a_close(world: World) -> None:
    await rows_go(world, "after a close", lambda client: client.socket.close())


@check("After a connection was lost without a close, its rows are removed.")
async def rows_go_after_a_loss(world: World) -> None:
    await rows_go(world, "after a loss", lambda client: client.socket.transport.abort())


@check("A dead connection is noticed on the first failed post: its own rows, nobody else's, are removed.")
async def gone_is_reaped(world: World) -> None:
    user, stage = world.user(), world.place.stage
    async with world.client(user, "jobs") as lives:
        async with world.client(user, "jobs") as dies:
            connection = await asyncio.to_thread(tables.connection_row, stage, dies.connection_id)
            if connection is None:
                raise Broken("a welcomed connection has no row")
            topics = await asyncio.to_thread(tables.topic_rows, stage, connection, user)
        await no_row(world, dies.connection_id, "after a close")
        await asyncio.to_thread(tables.put_back, stage, connection, topics)
        try:
            data = payload("job.created", world.number())
            await lives.event(await world.put("job.created", data, user_id=user))
            await no_row(world, dies.connection_id, "after a post to a dead connection")
            left = await asyncio.to_thread(tables.topic_rows, stage, connection, user)
            expect(not left, f"{len(left)} of its topic rows are left")
            await lives.event(await world.put("job.created", data, user_id=user))
        finally:
            await asyncio.to_thread(tables.remove_connection, stage, connection, topics)


@check(
    "An event accepted while one of a user's devices is gone reaches the others, and is in no failure queue."
)
async def gone_disturbs_nobody(world: World) -> None:
    user = world.user()
    async with world.client(user, "jobs") as lives, world.client(user, "jobs") as dies:
        dies.socket.transport.abort()
        for _ in range(3):
            data = payload("job.created", world.number())
            await lives.event(await world.put("job.created", data, user_id=user))
