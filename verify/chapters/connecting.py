"""Connecting and the welcome."""

import asyncio
from datetime import datetime

from verify.check import Needs, check, expect
from verify.client import Client
from verify.payloads import payload
from verify.world import World

LIFETIME_SECONDS = 7_200
AT_ONCE = 10


@check("The welcome is the first message on every connection, before any reply.")
async def welcome_is_first(world: World) -> None:
    user = world.user()
    query = {"ticket": await world.ticket(user)} if world.authenticates else {"user_id": user}
    async with world.attempt(query, user_id=user) as client:
        await client.ask("list_channels")
        await client.until(lambda one: one["type"] == "system.connected", "no welcome")
        first = client.messages[0]["type"]
        expect(first == "system.connected", f"the first message is {first}")


@check("The welcome says who is connected, to what, since when, until when.")
async def welcome_fields(world: World) -> None:
    user = world.user()
    async with world.client(user, "jobs") as client:
        data = client.welcome["data"]
        wanted = {"connection_id", "user_id", "channels", "message", "timestamp"}
        wanted |= {"heartbeat_seconds", "expires_at", "authentication"}
        expect(wanted <= set(data), f"it lacks {sorted(wanted - set(data))}")
        expect(data["user_id"] == user, f"user_id is {data['user_id']!r}")
        expect(30 <= data["heartbeat_seconds"] <= 540, f"heartbeat_seconds is {data['heartbeat_seconds']}")  # noqa: PLR2004  the contract's bounds


@check("The welcome comes once.")
async def welcome_once(world: World) -> None:
    async with world.client(world.user()) as client:
        await client.settled()
        count = len(client.of("system.connected"))
        expect(count == 1, f"{count} welcomes")


@check(f"{AT_ONCE} clients that connect at once are all welcomed.")
async def welcome_to_everybody(world: World) -> None:
    async def one() -> str:
        async with world.client(world.user()) as client:
            return client.connection_id

    ids = await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    expect(len(set(ids)) == AT_ONCE, "two connections were told the same connection_id")


@check("The welcome's expires_at is two hours after the connection began.")
async def two_hours(world: World) -> None:
    async with world.client(world.user()) as client:
        data = client.welcome["data"]
        ends, now = (datetime.fromisoformat(data[name]) for name in ("expires_at", "timestamp"))
        lasts = (ends - now).total_seconds()
        expect(abs(lasts - LIFETIME_SECONDS) <= AT_ONCE, f"it lasts {lasts:.0f} s")


@check("Without user_id a client is connected, and user_id is null.", Needs.NO_AUTHENTICATION)
async def no_user(world: World) -> None:
    async with world.client() as client:
        told = client.welcome["data"]["user_id"]
        expect(told is None, f"user_id is {told!r}")


@check("Without channels a client hears none, and may subscribe.")
async def no_channels(world: World) -> None:
    async with world.client(world.user()) as client:
        expect(client.welcome["data"]["channels"] == [], client.welcome["data"]["channels"])
        answer = await client.ask("subscribe", channel="jobs")
        expect(answer["type"] == "system.subscribed", answer)


@check("The channels come in the order asked for; spaces and repeats are tolerated.")
async def channels_as_asked(world: World) -> None:
    async with world.client(world.user(), "skills, jobs,,jobs , applications") as client:
        told = client.welcome["data"]["channels"]
        expect(told == ["skills", "jobs", "applications"], f"told {told}")


@check("Unknown channels refuse nobody: the valid ones are heard, the others named.")
async def unknown_channels(world: World) -> None:
    async with world.client(world.user(), "jobs,nonsense") as client:
        expect(client.welcome["data"]["channels"] == ["jobs"], client.welcome["data"]["channels"])
        told = await client.until(lambda one: one["type"] == "system.error", "no system.error")
        expect(told["data"]["code"] == "unknown_channel", told)
        expect("nonsense" in told["data"]["message"], told)


@check("What is published while the welcome is on its way is not lost.")
async def nothing_lost_at_the_start(world: World) -> None:
    user = world.user()
    query = {"ticket": await world.ticket(user)} if world.authenticates else {"user_id": user}
    async with world.attempt({**query, "channels": "jobs"}, user_id=user) as client:
        data = payload("job.created", world.number())
        await client.event(await world.put("job.created", data, user_id=user))


@check("A user's event reaches all of the user's devices, with one id.")
async def many_devices(world: World) -> None:
    user = world.user()
    async with (
        world.client(user, "jobs") as one,
        world.client(user, "jobs") as two,
        world.client(user, "jobs") as three,
    ):
        event_id = await world.put("job.created", payload("job.created", world.number()), user_id=user)

        async def told(client: Client) -> object:
            return (await client.event(event_id))["data"]

        expect(
            await told(one) == await told(two) == await told(three), "the devices were told different data"
        )
