"""Messages from clients, and their answers."""

from collections.abc import Callable

from verify.check import check, expect
from verify.client import Message
from verify.payloads import CHANNELS, payload
from verify.world import World


@check("An acknowledged subscription receives every event published after the acknowledgement.")
async def subscribe(world: World) -> None:
    user = world.user()
    async with world.client(user) as client:
        answer = await client.ask("subscribe", channel="skills")
        expect(answer["type"] == "system.subscribed", answer)
        expect(answer["data"]["channel"] == "skills", answer)
        expect(isinstance(answer["data"].get("subscriber_count"), int), answer)
        data = payload("skill_gap.completed", world.number())
        await client.event(await world.put("skill_gap.completed", data, user_id=user))


@check("After unsubscribing, no event of the channel comes.")
async def unsubscribe(world: World) -> None:
    user = world.user()
    async with world.client(user, "jobs,skills") as client:
        answer = await client.ask("unsubscribe", channel="jobs")
        expect(answer["type"] == "system.unsubscribed", answer)
        expect(answer["data"]["channel"] == "jobs", answer)
        left = await world.put("job.created", payload("job.created", world.number()), user_id=user)
        data = payload("skill_gap.completed", world.number())
        await client.event(await world.put("skill_gap.completed", data, user_id=user))
        await client.settled()
        expect(left not in [one["id"] for one in client.events()], "an event of the channel came")


@check("list_channels is answered with the channels one hears.")
async def list_channels(world: World) -> None:
    async with world.client(world.user(), "jobs,skills") as client:
        answer = await client.ask("list_channels")
        expect(answer["type"] == "system.channels", answer)
        listed = answer["data"]["channels"]
        expect({"jobs", "skills"} <= set(listed) <= set(CHANNELS), f"listed {listed}")


@check("ping is answered with system.pong.")
async def ping(world: World) -> None:
    async with world.client(world.user()) as client:
        answer = await client.ask("ping")
        expect(answer["type"] == "system.pong", answer)


@check("pong has no reply, not an empty frame either.")
async def pong_is_silent(world: World) -> None:
    async with world.client(world.user()) as client:
        start = await client.say({"action": "pong"})
        await client.settled(2.0)
        came = [one for one in client.messages[start:] if one["type"] != "system.ping"]
        answer = "an empty frame" if client.unreadable == [""] else str(client.unreadable or "nothing")
        world.answers["What comes after a pong?"] = answer
        expect(not came, f"it was answered with {came}")
        expect(not client.unreadable, f"it was answered with {answer}")


@check("request_id, up to 64 characters, is echoed in the data of every reply.")
async def request_id(world: World) -> None:
    async with world.client(world.user()) as client:
        for message, name in (
            ({"action": "subscribe", "channel": "jobs"}, "subscribed"),
            ({"action": "unsubscribe", "channel": "jobs"}, "unsubscribed"),
            ({"action": "list_channels"}, "channels"),
            ({"action": "ping"}, "pong"),
            ({"action": "subscribe", "channel": "nonsense"}, "error"),
        ):
            start = await client.say({**message, "request_id": f"{name}-".ljust(64, "x")})
            answer = await client.until(is_a(f"system.{name}"), f"no system.{name}", start=start)
            echoed = answer["data"].get("request_id")
            expect(echoed == f"{name}-".ljust(64, "x"), f"system.{name} echoes {echoed!r}")


def is_a(wanted: str) -> Callable[[Message], bool]:
    return lambda one: one["type"] == wanted


@check("Subscribing twice is not an error, and each event still comes once.")
async def subscribe_twice(world: World) -> None:
    user = world.user()
    async with world.client(user, "jobs") as client:
        for _ in range(2):
            answer = await client.ask("subscribe", channel="jobs")
            expect(answer["type"] == "system.subscribed", answer)
        event_id = await world.put("job.created", payload("job.created", world.number()), user_id=user)
        await client.event(event_id)
        await client.settled()
        ids = [one["id"] for one in client.events()]
        expect(ids == [event_id], f"it came {len(ids)} times")


@check("Every message from the server has type, data and a timestamp in UTC.")
async def envelope(world: World) -> None:
    user = world.user()
    async with world.client(user, "jobs") as client:
        await client.ask("ping")
        await client.ask("list_channels")
        await client.refusal("no JSON")
        await client.event(
            await world.put("job.created", payload("job.created", world.number()), user_id=user)
        )
        expect(not client.unreadable, f"a frame is no message: {client.unreadable}")
        for one in client.messages:
            fits = isinstance(one.get("data"), dict) and str(one.get("timestamp", "")).endswith("Z")
            expect(fits, f"{one['type']} is {one}")
