"""What this run leaves behind: nothing that stays."""

import asyncio

from ops.stage import FAILURE_QUEUES
from ops.waiting import peek
from verify import tables
from verify.chapters.gone import LOOK_AGAIN_SECONDS, REMOVED_WITHIN_SECONDS
from verify.check import check, expect
from verify.world import World


@check("No connection of this run has a row left, and none of its events is in a failure queue.", alone=True)
async def nothing_left_behind(world: World) -> None:
    stage = world.place.stage
    users = list(world.users)
    await asyncio.to_thread(world.rejected.take)
    deadline = asyncio.get_running_loop().time() + REMOVED_WITHIN_SECONDS
    while users := [one for one in users if await asyncio.to_thread(tables.rows_of_user, stage, one)]:
        expect(asyncio.get_running_loop().time() < deadline, f"{len(users)} users still have rows")
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    for queue in FAILURE_QUEUES:
        mine = [one for one in await asyncio.to_thread(peek, stage, queue) if world.run_id in one.body]
        expect(not mine, f"{len(mine)} messages of this run are in {queue}")
