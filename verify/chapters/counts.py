"""subscriber_count: differences, so that others who stay connected do not disturb."""

import asyncio

from verify.check import check, expect
from verify.client import Client
from verify.world import World

CHANNEL = "followups"
LOOK_AGAIN_SECONDS = 1.0
# Until a `$disconnect` has been carried out, or the next failed post has removed the rows.
GONE_WITHIN_SECONDS = 30


async def count_by(client: Client) -> int:
    return int((await client.ask("subscribe", channel=CHANNEL))["data"]["subscriber_count"])


@check("subscriber_count counts live connections, the asker included.", alone=True)
async def count_includes_the_asker(world: World) -> None:
    async with world.client(world.user()) as one, world.client(world.user()) as two:
        first, second = await count_by(one), await count_by(two)
        expect(first >= 1, f"the asker is not counted: {first}")
        expect(second == first + 1, f"{first} with one subscriber, {second} with two")
        again = await count_by(two)
        expect(again == second, f"subscribing again made it {again}")


@check("subscriber_count is true after clients closed, unsubscribed or were lost.", alone=True)
async def count_after_leaving(world: World) -> None:
    async with world.client(world.user()) as stays:
        before = await count_by(stays)
        async with (
            world.client(world.user(), CHANNEL),
            world.client(world.user(), CHANNEL) as lost,
            world.client(world.user(), CHANNEL) as leaves,
        ):
            more = await count_by(stays)
            expect(more == before + 3, f"three more made {before} into {more}")
            await leaves.ask("unsubscribe", channel=CHANNEL)
            lost.socket.transport.abort()
        for _ in range(GONE_WITHIN_SECONDS):
            after = await count_by(stays)
            if after == before:
                return
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        expect(after == before, f"{before} before they came, {after} after they left")
