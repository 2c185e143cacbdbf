"""What did not reach a client is read from the history, with a verdict."""

from typing import Any

from verify.chapters.heartbeat import GRACE_SECONDS, LONGEST_SECONDS, ping
from verify.chapters.security import by_ticket
from verify.check import Broken, Needs, check, expect
from verify.client import Client, Message
from verify.payloads import payload
from verify.world import World

JOBS, SKILLS = "job.created", "skill_gap.completed"


async def put(world: World, user: str, *kinds: str) -> list[str]:
    """One after the other, so that their order is known."""
    return [await world.put(kind, payload(kind, world.number()), user_id=user) for kind in kinds]


def standing(client: Client) -> Message:
    """Where the user's own stream stood when the client came."""
    own: Message = client.welcome["data"]["streams"]["@me"]
    return own


async def history(client: Client, **fields: Any) -> Message:
    answer = await client.ask("history", **{"stream": "@me", **fields})
    expect(answer["type"] == "system.history", answer)
    data: Message = answer["data"]
    return data


async def complete(client: Client, event_ids: list[str], **fields: Any) -> Message:
    """The answer once all of these are kept. Raises Broken."""
    for _ in range(20):
        data = await history(client, **fields)
        if {one["id"] for one in data["events"]} >= set(event_ids):
            return data
        await client.settled(0.6)
    raise Broken(f"{event_ids} are not in the history: {data}")


def as_told(event: Message) -> Message:
    """An event in the history: the answer says the epoch once for all."""
    return {name: value for name, value in event.items() if name != "epoch"}


@check("The welcome and each `system.subscribed` say where every kept channel and the user's stream stand.")
async def positions_told(world: World) -> None:
    async with world.client(world.user(), "jobs,skills") as client:
        told = client.welcome["data"]["streams"]
        expect(set(told) == {"jobs", "skills", "@me"}, told)
        expect(all(one["epoch"] and one["offset"] >= 0 for one in told.values()), told)
        own = standing(client)
        expect((own["offset"], own["channels"]) == (0, {"jobs": 0, "skills": 0}), own)
        data = (await client.ask("subscribe", channel="interviews"))["data"]
        expect(set(data["streams"]) == {"interviews", "@me"}, data)
        expect(data["streams"]["@me"]["epoch"] == own["epoch"], data)


@check(
    "An event to a user has its offset in the user's stream, and that of the one before it in its channel."
)
async def places_of_events(world: World) -> None:
    user = world.user()
    async with world.client(user, "jobs,skills") as client:
        for kind, offset, previous in ((JOBS, 1, 0), (SKILLS, 2, 0), (JOBS, 3, 1)):
            (event_id,) = await put(world, user, kind)
            event = await client.event(event_id)
            expect(event["epoch"] == standing(client)["epoch"], event)
            place = (event["stream"], event["offset"], event["previous"])
            expect(place == ("@me", offset, previous), event)


@check("What was sent while one was away is read in order, as it was sent, and called recovered.")
async def missed_and_recovered(world: World) -> None:
    user = world.user()
    async with world.client(user, "jobs") as client:
        before = standing(client)
    async with world.client(user, "jobs") as witness:
        ids = await put(world, user, JOBS, JOBS, JOBS)
        live = sorted([await witness.event(one) for one in ids], key=lambda one: int(one["offset"]))
    async with world.client(user, "jobs") as client:
        after = standing(client)
        expect(after == {"epoch": before["epoch"], "offset": 3, "channels": {"jobs": 3}}, after)
        data = await history(client, epoch=before["epoch"], after=before["offset"])
        verdict = (data["recovered"], data["through"], data["head"], data["more"])
        expect(verdict == (True, 3, 3, False), data)
        expect(data["events"] == [as_told(one) for one in live], f"{data['events']} is told, {live} was sent")


@check("Only what a connection hears is told from the user's stream.")
async def history_by_channel(world: World) -> None:
    user = world.user()
    async with world.client(user, "jobs,skills") as both, world.client(user, "skills") as one:
        ids = await put(world, user, JOBS, SKILLS)
        await complete(both, ids, epoch=standing(both)["epoch"], after=0)
        data = await history(one, epoch=standing(one)["epoch"], after=0)
        told = [event["id"] for event in data["events"]]
        expect((told, data["through"], data["recovered"]) == (ids[1:], 2, True), data)


@check("A long history comes in pages, oldest first or newest first.")
async def history_pages(world: World) -> None:
    user = world.user()
    async with world.client(user, "jobs") as client:
        epoch = standing(client)["epoch"]
        await complete(client, await put(world, user, JOBS, JOBS, JOBS), epoch=epoch, after=0)
        for start, expected in (({"epoch": epoch, "after": 0}, [1, 2, 3]), ({"before": 4}, [3, 2, 1])):
            (direction,) = {"after", "before"} & set(start)
            offsets, asked, more = [], dict(start), True
            while more:
                data = await history(client, limit=2, **asked)
                offsets += [one["offset"] for one in data["events"]]
                asked[direction], more = data["through"], data["more"]
            expect(offsets == expected, f"{start} reads {offsets}")


@check("A position of another history, or of none, is never called recovered.")
async def positions_of_others(world: World) -> None:
    async with world.client(world.user(), "jobs") as client:
        own = standing(client)
        for asked, reason in (({"epoch": "other", "after": 0}, "epoch"), ({"after": 7}, "ahead")):
            data = await history(client, **{"epoch": own["epoch"], **asked})
            told = (data["recovered"], data.get("reason"), data["events"])
            expect(told == (False, reason, []), data)
            expect((data["epoch"], data["head"]) == (own["epoch"], own["offset"]), data)


@check("A stream that is not there and one that is not the connection's are refused in the same words.")
async def foreign_streams(world: World) -> None:
    owner, other = world.user(), world.user()
    async with world.client(owner, "jobs") as hers, world.client(other, "jobs") as client:
        epoch = standing(hers)["epoch"]
        await complete(hers, await put(world, owner, JOBS), epoch=epoch, after=0)
        words = set()
        for stream in (f"user#{owner}", f"user#{owner}x", "nothing"):
            answer = await client.ask("history", stream=stream, epoch=epoch, after=0)
            expect(answer["data"].get("code") == "forbidden_channel", answer)
            words.add(answer["data"]["message"].replace(stream, "…"))
        expect(len(words) == 1, words)
        data = await history(client, epoch=epoch, after=0)
        expect((data["recovered"], data["events"]) == (False, []), f"another's events were told: {data}")


@check("Each ping tells where the kept channels stand.", seconds=LONGEST_SECONDS)
async def heads_in_pings(world: World) -> None:
    async with world.client(world.user(), "jobs,skills") as client:
        seconds = client.welcome["data"]["heartbeat_seconds"]
        told = (await ping(client, number=1, within=seconds + GRACE_SECONDS))["data"]
        heads = told.get("heads")
        expect(isinstance(heads, dict), told)
        for channel in ("jobs", "skills"):
            stood = client.welcome["data"]["streams"][channel]["offset"]
            expect(heads.get(channel, 0) >= stood, f"{channel} stood at {stood}, and now: {heads}")


@check("An event to a channel has the next offset of its stream, and is in its history.", Needs.DISTURBS)
async def places_in_a_channel(world: World) -> None:
    name = "recommendations"
    async with world.client(world.user(), name) as client:
        epoch = client.welcome["data"]["streams"][name]["epoch"]
        event = await client.event(await world.put("recommendations.new", payload("recommendations.new", 0)))
        before = event["offset"] - 1
        expect((event["stream"], event["epoch"], event["previous"]) == (name, epoch, before), event)
        data = await history(client, stream=name, epoch=epoch, after=before)
        expect(
            data["recovered"] and data["events"][:1] == [as_told(event)], f"{event} was sent, {data} is told"
        )


@check("A channel's history is told to those whom their ticket grants the channel.", Needs.AUTHENTICATION)
async def history_of_granted_channels(world: World) -> None:
    query = {"channels": "skills"}
    async with by_ticket(world, world.user(), query, channels=["skills"]) as client:
        words = set()
        for stream in ("jobs", "nothing"):
            answer = await client.ask("history", stream=stream, epoch="", after=0)
            expect(answer["data"].get("code") == "forbidden_channel", answer)
            words.add(answer["data"]["message"].replace(stream, "…"))
        expect(len(words) == 1, words)
