"""system.ping, to every connection, whatever it subscribed to."""

from verify.check import Needs, check, expect
from verify.client import Client, Message
from verify.world import World

# A connection younger than three seconds has its first ping one interval later; a tick may be late.
GRACE_SECONDS = 12
LONGEST_SECONDS = 540 * 2 + 60
ASKED_SECONDS = 300


async def ping(client: Client, *, number: int, within: float) -> Message:
    await client.until(
        lambda _: len(client.of("system.ping")) >= number, f"no system.ping number {number}", within=within
    )
    return client.of("system.ping")[number - 1]


@check(
    "system.ping comes to every connection within the announced interval, whatever it subscribed to.",
    seconds=LONGEST_SECONDS,
)
async def ping_within_the_interval(world: World) -> None:
    async with world.client(world.user()) as client:
        seconds = client.welcome["data"]["heartbeat_seconds"]
        told = await ping(client, number=1, within=seconds + GRACE_SECONDS)
        expect("timestamp" in told["data"], told)


@check("Two pings are one announced interval apart.", Needs.FULL, seconds=LONGEST_SECONDS)
async def ping_interval(world: World) -> None:
    async with world.client(world.user()) as client:
        seconds = client.welcome["data"]["heartbeat_seconds"]
        first = await ping(client, number=1, within=seconds + GRACE_SECONDS)
        second = await ping(client, number=2, within=seconds + GRACE_SECONDS)
        apart = client.when(second) - client.when(first)
        expect(abs(apart - seconds) <= GRACE_SECONDS / 2, f"{apart:.1f} s apart, {seconds} announced")


@check("A connection may ask for its own interval, and the welcome announces what it got.")
async def heartbeat_asked_for(world: World) -> None:
    async with world.client(world.user(), heartbeat=str(ASKED_SECONDS)) as client:
        told = client.welcome["data"]["heartbeat_seconds"]
        expect(told == ASKED_SECONDS, f"{ASKED_SECONDS} asked for, {told} announced")
