"""What is kept for those who were away: the inbox, and how far it was seen."""

from verify.check import Broken, check, expect
from verify.client import Client, Message
from verify.payloads import payload
from verify.world import World

# Of the inbox, and nothing is done when it is not seen.
KIND = "interview.scheduled"


async def count_one(world: World, user: str) -> str:
    return await world.put(KIND, payload(KIND, world.number()), user_id=user)


async def shown(client: Client, event_id: str, **fields: int) -> Message:
    """The inbox once the event is in it: nobody need be connected when it is counted. Raises Broken."""
    for _ in range(20):
        answer = await client.ask("inbox", **fields)
        expect(answer["type"] == "system.inbox", answer)
        if any(one["id"] == event_id for one in answer["data"]["items"]):
            return answer
        await client.settled(0.6)
    raise Broken(f"{event_id} is not in the inbox: {answer}")


@check("What came while one was away is in the inbox, newest first, on every device.")
async def inbox_of_who_was_away(world: World) -> None:
    user = world.user()
    first, second = await count_one(world, user), await count_one(world, user)
    async with world.client(user) as phone, world.client(user, "interviews") as desk:
        third = await count_one(world, user)
        live = await desk.event(third)
        for client in (phone, desk):
            for event_id in (first, second, third):
                data = (await shown(client, event_id))["data"]
            numbers = [one["inbox"] for one in data["items"]]
            expect(numbers == [3, 2, 1], f"the items are numbered {numbers}")
            expect((data["unseen"], data["last"], data["more"]) == (3, 3, False), data)
        expect(live in data["items"], f"{live} was sent, and is kept otherwise")


@check("The inbox is read in pages, back to its first item.")
async def inbox_pages(world: World) -> None:
    user = world.user()
    async with world.client(user) as client:
        for _ in range(3):
            await shown(client, await count_one(world, user))
        numbers, before = [], 99
        while True:
            data = (await client.ask("inbox", limit=2, before=before))["data"]
            numbers += [one["inbox"] for one in data["items"]]
            if not data["more"]:
                break
            before = data["through"]
        expect(numbers == [3, 2, 1], f"the pages have {numbers}")


@check("`seen` moves one cursor, forward only, and the user's other devices are told.")
async def seen_on_every_device(world: World) -> None:
    user = world.user()
    async with world.client(user) as phone, world.client(user) as desk:
        for _ in range(3):
            await shown(phone, await count_one(world, user))
        for asked, cursor, unseen in ((2, 2, 1), (1, 2, 1), (99, 3, 0)):
            answer = await phone.ask("seen", inbox=asked)
            expect(answer["type"] == "system.seen", answer)
            stands = (answer["data"]["inbox"], answer["data"]["unseen"])
            expect(stands == (cursor, unseen), f"{asked} was seen: {answer}")
        await desk.until(
            lambda one: one["type"] == "system.seen" and one["data"]["inbox"] == 3,  # noqa: PLR2004  the third
            "the other device was not told",
        )
        data = (await desk.ask("inbox"))["data"]
        expect((data["unseen"], len(data["items"])) == (0, 3), data)


@check("Nobody reads or marks another user's inbox.")
async def inboxes_apart(world: World) -> None:
    owner, other = world.user(), world.user()
    async with world.client(owner) as hers, world.client(other) as others:
        await shown(hers, await count_one(world, owner))
        data = (await others.ask("inbox", user_id=owner))["data"]
        expect((data["items"], data["last"]) == ([], 0), f"another's inbox was shown: {data}")
        await others.ask("seen", inbox=1, user_id=owner)
        data = (await hers.ask("inbox"))["data"]
        expect(data["unseen"] == 1, f"another marked it: {data}")


@check("A connection without a user has no inbox, and is told so.")
async def inbox_needs_a_user(world: World) -> None:
    if world.authenticates:
        return
    async with world.client() as client:
        code = await client.refusal({"action": "inbox"})
        expect(code == "invalid_message", f"refused as {code}")
