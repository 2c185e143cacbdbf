"""Events from producers, and who hears them."""

import asyncio

from verify.check import Needs, check, expect
from verify.payloads import CHANNEL_OF, CHANNELS, payload
from verify.world import World

ALL = ",".join(CHANNELS)
# With its envelope still under the 64 KB of an event; two frames on the way to the client.
LARGE_CHARACTERS = 60_000


@check("Every event type reaches a subscriber of its channel, with the payload as it was sent.")
async def every_event_type(world: World) -> None:
    user = world.user()
    async with world.client(user, ALL) as client:
        sent = {}
        for event_type in CHANNEL_OF:
            data = payload(event_type, world.number())
            sent[await world.put(event_type, data, user_id=user)] = (event_type, data)
        for event_id, (event_type, data) in sent.items():
            told = await client.event(event_id)
            expect(told["type"] == event_type, f"{event_type} came as {told['type']}")
            expect(told["data"] == data, f"the data of {event_type} came as {told['data']}")


@check("An event has its id and its channel.")
async def event_envelope(world: World) -> None:
    user = world.user()
    async with world.client(user, ALL) as client:
        for event_type in ("job.created", "interview.updated"):
            event_id = await world.put(event_type, payload(event_type, world.number()), user_id=user)
            told = await client.event(event_id)
            expect(told.get("channel") == CHANNEL_OF[event_type], told)


@check("Without an id of the producer's, an event has EventBridge's.")
async def id_of_the_bus(world: World) -> None:
    user = world.user()
    async with world.client(user, "jobs") as client:
        data = payload("job.created", world.number())
        event_id = await world.put_raw("job.created", world.detail(data, user_id=user))
        world.event_ids.append(event_id)
        await client.event(event_id)


@check("Fields of a payload that nobody knows are kept, in every script.")
async def extra_fields(world: World) -> None:
    user = world.user()
    async with world.client(user, "jobs") as client:
        more = {"note": "Grüße, 東京, 👩‍💻 \u0000", "nested": {"list": [1, None, True, 0.5]}}
        data = payload("job.created", world.number(), **more)
        told = await client.event(await world.put("job.created", data, user_id=user))
        expect(told["data"] == data, f"it came as {told['data']}")


@check("An event of 60 KB arrives whole.")
async def large_event(world: World) -> None:
    user = world.user()
    async with world.client(user, "jobs") as client:
        data = payload("job.created", world.number(), note="x" * LARGE_CHARACTERS)
        told = await client.event(await world.put("job.created", data, user_id=user))
        expect(told["data"] == data, f"{len(str(told['data']))} characters came")


@check("The same id twice is delivered once to the client's handler.")
async def same_id_twice(world: World) -> None:
    user = world.user()
    async with world.client(user, "jobs") as client:
        first = payload("job.created", world.number(), attempt=1)
        event_id = await world.put("job.created", first, user_id=user)
        await client.event(event_id)
        await world.put("job.created", {**first, "attempt": 2}, user_id=user, id=event_id)
        after = await world.put("job.created", payload("job.created", world.number()), user_id=user)
        await client.event(after)
        await client.settled()
        told = {one["data"].get("attempt") for one in client.of("job.created") if one["id"] == event_id}
        expect(told == {1}, f"attempts {sorted(told)} came under one id")


@check("An event with a user_id reaches no other user, whatever they subscribed to.")
async def users_apart(world: World) -> None:
    ann, bob = world.user(), world.user()
    async with world.client(ann, ALL) as hers, world.client(bob, ALL) as his:
        for_ann = await world.put("job.created", payload("job.created", world.number()), user_id=ann)
        for_bob = await world.put("job.created", payload("job.created", world.number()), user_id=bob)
        await asyncio.gather(hers.event(for_ann), his.event(for_bob))
        await asyncio.gather(hers.settled(), his.settled())
        for client, other in ((hers, for_bob), (his, for_ann)):
            told = [one["id"] for one in client.events()]
            expect(other not in told, "a user was told another user's event")


@check("A user's event reaches only connections that subscribed to its channel.")
async def channels_apart(world: World) -> None:
    user = world.user()
    async with world.client(user, "jobs") as jobs, world.client(user, "skills") as skills:
        one = await world.put("job.created", payload("job.created", world.number()), user_id=user)
        two = await world.put(
            "skill_gap.completed", payload("skill_gap.completed", world.number()), user_id=user
        )
        await asyncio.gather(jobs.event(one), skills.event(two))
        await asyncio.gather(jobs.settled(), skills.settled())
        heard = {message["channel"] for message in jobs.events() if message["id"] in (one, two)}
        expect(heard == {"jobs"}, f"a subscriber of jobs heard {sorted(heard)}")
        heard = {message["channel"] for message in skills.events() if message["id"] in (one, two)}
        expect(heard == {"skills"}, f"a subscriber of skills heard {sorted(heard)}")


@check("An event without user_id reaches every subscriber of its channel, and nobody else.", Needs.DISTURBS)
async def everybody(world: World) -> None:
    async with (
        world.client(world.user(), "recommendations") as one,
        world.client(world.user(), "recommendations") as two,
        world.client(world.user(), "jobs") as other,
    ):
        event_id = await world.put("recommendations.new", payload("recommendations.new", 0))
        await asyncio.gather(one.event(event_id), two.event(event_id))
        await other.settled()
        expect(event_id not in [message["id"] for message in other.events()], "it came to another channel")


@check("An event for a user who is not connected is no failure.")
async def nobody_there(world: World) -> None:
    away, here = world.user(), world.user()
    async with world.client(here, "jobs") as client:
        await world.put("job.created", payload("job.created", world.number()), user_id=away)
        await client.event(
            await world.put("job.created", payload("job.created", world.number()), user_id=here)
        )
