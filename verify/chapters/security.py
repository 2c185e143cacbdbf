"""Tickets and tokens where the stage authenticates; revocation and isolation everywhere."""

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from verify.check import Needs, NotAskedError, check, expect
from verify.client import Client
from verify.world import World

UNAUTHORIZED, FORBIDDEN = 401, 403
EVIL = "https://evil.example"
# A ticket's terms: long enough to be welcomed, short enough to wait for.
TERM_SECONDS = 6
TICKET_SECONDS = 60
# Tickets of the second in which a user was revoked are refused.
APART_SECONDS = 1.1


@asynccontextmanager
async def by_ticket(world: World, user: str, query: Mapping[str, str], **terms: Any) -> AsyncIterator[Client]:
    ticket = await world.ticket(user, **terms)
    async with world.attempt({**query, "ticket": ticket}, user_id=user) as client:
        await client.until(lambda one: one["type"] == "system.connected", "no welcome")
        yield client


async def refused_with(world: World, status: int, query: Mapping[str, str], **options: Any) -> None:
    told = await world.refused(query, **options)
    expect(told == status, f"refused with {told}, not {status}")


@check("Without a token or ticket nobody is let in, whatever user_id says.", Needs.AUTHENTICATION)
async def nothing_shown(world: World) -> None:
    await refused_with(world, UNAUTHORIZED, {})
    await refused_with(world, UNAUTHORIZED, {"user_id": world.user()})


@check("Tokens that are nonsense, unsigned or empty are refused with 401.", Needs.AUTHENTICATION)
async def forged_tokens(world: World) -> None:
    claims = {"sub": world.user(), "exp": int(world.place.now()) + 3_600}
    unsigned = f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."
    signed = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}.{'A' * 43}"
    for token in ("nonsense", unsigned, signed, "a.b.c", ""):
        await refused_with(world, UNAUTHORIZED, {"token": token})


@check("A good token lets its user in, by query and by subprotocol.", Needs.AUTHENTICATION, Needs.TOKEN)
async def good_token(world: World) -> None:
    async with world.attempt({"token": str(world.token)}) as client:
        await client.until(lambda one: one["type"] == "system.connected", "no welcome")
        expect(client.welcome["data"]["user_id"], "the welcome names no user")
        expect(client.welcome["data"]["token_expires_at"], "the welcome has no token_expires_at")
    async with world.attempt({}, subprotocols=("tidings", f"bearer.{world.token}")) as client:
        await client.until(lambda one: one["type"] == "system.connected", "no welcome")
        expect(client.socket.subprotocol == "tidings", f"agreed to {client.socket.subprotocol}")


@check("A good token that was changed is refused with 401.", Needs.AUTHENTICATION, Needs.TOKEN)
async def changed_token(world: World) -> None:
    head, claims, signature = str(world.token).split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    other = part({**said, "sub": world.user()})
    later = part({**said, "exp": int(said["exp"]) + 86_400})
    for token in (f"{head}.{other}.{signature}", f"{head}.{later}.{signature}", f"{head}.{claims}."):
        await refused_with(world, UNAUTHORIZED, {"token": token})


@check(
    "A token names the user: with another user_id beside it, nobody is let in.",
    Needs.AUTHENTICATION,
    Needs.TOKEN,
)
async def token_of_another(world: World) -> None:
    told = await world.refused({"token": str(world.token), "user_id": world.user()})
    expect(told in (UNAUTHORIZED, FORBIDDEN), f"refused with {told}")


@check("Of token and ticket exactly one is accepted.", Needs.AUTHENTICATION, Needs.TOKEN)
async def two_credentials(world: World) -> None:
    ticket = await world.ticket(world.user())
    await refused_with(world, UNAUTHORIZED, {"token": str(world.token), "ticket": ticket})


@check("A ticket is good once.", Needs.AUTHENTICATION)
async def ticket_once(world: World) -> None:
    user = world.user()
    ticket = await world.ticket(user)
    async with world.attempt({"ticket": ticket}) as client:
        await client.until(lambda one: one["type"] == "system.connected", "no welcome")
        expect(client.welcome["data"]["user_id"] == user, client.welcome["data"])
    await refused_with(world, UNAUTHORIZED, {"ticket": ticket})


@check("A ticket is for its user: with another user_id beside it, nobody is let in.", Needs.AUTHENTICATION)
async def ticket_of_another(world: World) -> None:
    ticket = await world.ticket(world.user())
    told = await world.refused({"ticket": ticket, "user_id": world.user()})
    expect(told in (UNAUTHORIZED, FORBIDDEN), f"refused with {told}")


@check("A ticket that nobody issued is refused with 401.", Needs.AUTHENTICATION)
async def unknown_ticket(world: World) -> None:
    await refused_with(world, UNAUTHORIZED, {"ticket": "x" * 43})


@check("A ticket is good for 60 seconds.", Needs.AUTHENTICATION)
async def old_ticket(world: World) -> None:
    ticket = await world.ticket(world.user(), age_seconds=TICKET_SECONDS + 1)
    await refused_with(world, UNAUTHORIZED, {"ticket": ticket})


@check("A ticket issued for one site is refused from another.", Needs.AUTHENTICATION, Needs.ORIGIN)
async def ticket_of_a_site(world: World) -> None:
    ticket = await world.ticket(world.user(), origin="https://another-site.example")
    await refused_with(world, FORBIDDEN, {"ticket": ticket})


@check("A page of another origin is refused with 403.", Needs.ORIGIN)
async def other_origin(world: World) -> None:
    user = world.user()
    for origin in (EVIL, f"{world.origin}.evil.example", "null"):
        query = {"ticket": await world.ticket(user)} if world.authenticates else {"user_id": user}
        await refused_with(world, FORBIDDEN, query, headers={"Origin": origin})


@check("A connection hears only the channels that its ticket or token grants.", Needs.AUTHENTICATION)
async def granted_channels(world: World) -> None:
    async with by_ticket(world, world.user(), {"channels": "jobs,skills"}, channels=["jobs"]) as client:
        expect(client.welcome["data"]["channels"] == ["jobs"], client.welcome["data"]["channels"])
        told = await client.refusal({"action": "subscribe", "channel": "skills"})
        expect(told == "forbidden_channel", f"answered with {told}")


@check(
    "A ticket grants by pattern, and what it denies is denied whatever else it grants.", Needs.AUTHENTICATION
)
async def denied_channels(world: World) -> None:
    terms = {"channels": ["*", "jobs", "!jobs"]}
    async with by_ticket(world, world.user(), {"channels": "jobs,skills"}, **terms) as client:
        expect(client.welcome["data"]["channels"] == ["skills"], client.welcome["data"]["channels"])
        told = await client.refusal({"action": "subscribe", "channel": "jobs"})
        expect(told == "forbidden_channel", f"answered with {told}")


@check("Where channels have parameters, one is heard by its name, and none by a pattern.")
async def channels_with_parameters(world: World) -> None:
    async with world.client(world.user()) as client:
        told = (await client.ask("subscribe", channel="no/such/channel"))["data"]["message"]
        declared = next((one for one in re.findall(r"[^ ,]+", told) if "{" in one), None)
        if declared is None:
            raise NotAskedError("no channel of this stage has parameters")
        name, pattern = (re.sub(r"{\w+}", value, declared.rstrip(".")) for value in ("verify-1", "*"))
        refused = await client.refusal({"action": "subscribe", "channel": pattern})
        expect(refused == "unknown_channel", f"the pattern was answered with {refused}")
        answer = await client.ask("subscribe", channel=name)
        # A rule may say no; then it says so as of any other channel.
        code = answer["data"].get("code")
        expect(answer["data"].get("channel") == name or code == "forbidden_channel", answer)


@check(
    "A connection ends with its ticket's or token's term: token_expired, then the close.",
    Needs.AUTHENTICATION,
)
async def term_ends(world: World) -> None:
    until = int(world.place.now()) + TERM_SECONDS
    async with by_ticket(world, world.user(), {}, valid_until=until) as client:
        await client.until_closed(within=TERM_SECONDS * 4)
        codes = [one["data"].get("code") for one in client.of("system.error")]
        expect("token_expired" in codes, f"it was closed, and told {codes}")


@check("user.revoked ends all of the user's connections, and tickets issued before are refused.")
async def revoked(world: World) -> None:
    user, other = world.user(), world.user()
    ticket = await world.ticket(user) if world.authenticates else None
    async with world.client(user) as one, world.client(user) as two, world.client(other) as stays:
        await asyncio.sleep(APART_SECONDS)
        await world.put("user.revoked", {}, user_id=user)
        await asyncio.gather(one.until_closed(), two.until_closed())
        for client in (one, two):
            codes = [message["data"].get("code") for message in client.of("system.error")]
            expect("revoked" in codes, f"it was closed, and told {codes}")
        answer = await stays.ask("ping")
        expect(answer["type"] == "system.pong", "another user's connection was ended")
    if ticket is not None:
        await refused_with(world, UNAUTHORIZED, {"ticket": ticket})


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
