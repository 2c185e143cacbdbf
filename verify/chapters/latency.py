"""How long it takes: measured, alone, and never a reason to fail."""

import time

from verify.check import check
from verify.payloads import payload
from verify.world import World

TIMES = 20


@check("Clients connect and are welcomed.", alone=True)
async def connecting_takes(world: World) -> None:
    for _ in range(TIMES):
        user = world.user()
        # A ticket is the backend's work, not the stage's.
        query = {"ticket": await world.ticket(user)} if world.authenticates else {"user_id": user}
        began = time.monotonic()
        async with world.attempt(query, user_id=user) as client:
            await client.until(lambda one: one["type"] == "system.connected", "no welcome")
            world.measured("connect, to the welcome", time.monotonic() - began)


@check("Questions are answered.", alone=True)
async def answering_takes(world: World) -> None:
    async with world.client(world.user()) as client:
        for _ in range(TIMES // 2):
            began = time.monotonic()
            await client.ask("ping")
            world.measured("question to answer", time.monotonic() - began)


@check("Events put on the bus reach a client.", alone=True)
async def delivering_takes(world: World) -> None:
    user = world.user()
    async with world.client(user, "jobs") as client:
        for _ in range(TIMES):
            began = time.time()
            event_id = await world.put("job.created", payload("job.created", world.number()), user_id=user)
            arrived = client.when(await client.event(event_id))
            world.measured("put_events to the client", arrived - began)
