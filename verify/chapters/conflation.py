"""High-frequency events: of one key only the latest is shown within two seconds."""

import asyncio

from verify.check import check, expect
from verify.client import Client
from verify.payloads import JOB, payload
from verify.world import World

EVENTS = 12
# Two windows of two seconds, and what a slow stage adds.
QUIET_SECONDS = 3.5


async def shown(client: Client, last: str) -> list[str]:
    """The titles in the order in which they came, once the last has been there for a while."""
    await client.until(
        lambda one: one["data"].get("job_title") == last, f"the last value, {last}, was not shown"
    )
    await client.settled(QUIET_SECONDS)
    return [str(one["data"]["job_title"]) for one in client.events() if one["type"] == "job.analyzing"]


@check("The last event that producers sent of a key is the last one shown, and fewer are shown than sent.")
async def last_is_last(world: World) -> None:
    user, job = world.user(), world.number()
    async with world.client(user, "jobs") as client:
        for number in range(EVENTS):
            data = {"job_id": job, **JOB, "job_title": f"title {number:02}"}
            await world.put("job.analyzing", data, user_id=user, sent_at=world.moment(0))
        titles = await shown(client, f"title {EVENTS - 1:02}")
        expect(titles[-1] == f"title {EVENTS - 1:02}", f"shown: {titles}")
        expect(titles == sorted(titles), f"an older one came after a newer one: {titles}")
        expect(len(titles) < EVENTS, f"all {EVENTS} were shown")


@check("sent_at orders the events of a key: one that was sent earlier and arrives later is not shown.")
async def sent_at_orders(world: World) -> None:
    user, job = world.user(), world.number()
    async with world.client(user, "jobs") as client:
        data = {"job_id": job, **JOB, "job_title": "newer"}
        await world.put("job.analyzing", data, user_id=user, sent_at=world.moment(0))
        await client.until(lambda one: one["data"].get("job_title") == "newer", "the newer did not come")
        late = await world.put(
            "job.analyzing", {**data, "job_title": "older"}, user_id=user, sent_at=world.moment(-10)
        )
        await client.settled(QUIET_SECONDS)
        expect(late not in [one["id"] for one in client.events()], "the older one came after the newer one")


@check("Events of different keys, and of different users, are not conflated with each other.")
async def keys_apart(world: World) -> None:
    ann, bob, job = world.user(), world.user(), world.number()
    async with world.client(ann, "jobs") as hers, world.client(bob, "jobs") as his:
        ids = [
            await world.put("job.analyzing", {"job_id": number, **JOB}, user_id=ann)
            for number in (job, world.number(), world.number())
        ]
        for_bob = await world.put("job.analyzing", {"job_id": job, **JOB}, user_id=bob)
        await asyncio.gather(*(hers.event(one) for one in ids), his.event(for_bob))


@check("What a user must not miss is never conflated: every one of a burst arrives.")
async def never_conflated(world: World) -> None:
    user, job = world.user(), world.number()
    async with world.client(user, "applications,jobs") as client:
        ids = []
        for event_type in ("application.status_changed", "job.created"):
            ids += [await world.put(event_type, payload(event_type, job), user_id=user) for _ in range(5)]
        for event_id in ids:
            await client.event(event_id)
