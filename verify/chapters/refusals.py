"""What is no message is answered with a code, and the connection stays open."""

import contextlib
import json

from websockets.exceptions import ConnectionClosed

from verify.check import check, expect
from verify.client import Message
from verify.world import World

LARGE_CHARACTERS = 17 * 1024
# The limit is 20 in ten seconds; five refusals in a row close.
FLOOD = 60


async def refused_with(world: World, code: str, *messages: Message | str) -> None:
    """Each of these is refused with this code, and the connection lives on."""
    async with world.client(world.user()) as client:
        for message in messages:
            told = await client.refusal(message)
            expect(told == code, f"{str(message)[:60]} is answered with {told}")
        answer = await client.ask("ping")
        expect(answer["type"] == "system.pong", f"the connection is of no use afterwards: {answer}")


@check("Text that is not JSON is answered with invalid_json.")
async def invalid_json(world: World) -> None:
    await refused_with(world, "invalid_json", "nonsense", "{")


@check("JSON that is no message is answered with invalid_message.")
async def invalid_message(world: World) -> None:
    wrong = ("[1, 2]", '"text"', {"action": "subscribe"}, {"action": "subscribe", "channel": 7})
    await refused_with(world, "invalid_message", *wrong)


@check("A request_id of more than 64 characters is answered with invalid_message.")
async def long_request_id(world: World) -> None:
    await refused_with(world, "invalid_message", {"action": "ping", "request_id": "x" * 65})


@check("An action that does not exist is answered with unknown_action.")
async def unknown_action(world: World) -> None:
    await refused_with(world, "unknown_action", {"action": "fly"}, {"action": "PING"})


@check("A channel that does not exist is answered with unknown_channel.")
async def unknown_channel(world: World) -> None:
    wrong = [{"action": action, "channel": "nonsense"} for action in ("subscribe", "unsubscribe")]
    await refused_with(world, "unknown_channel", *wrong)


@check("A message of more than 16 KB is answered with message_too_large.")
async def message_too_large(world: World) -> None:
    large = json.dumps({"action": "ping", "padding": "x" * LARGE_CHARACTERS})
    await refused_with(world, "message_too_large", large)


@check("Over 20 messages in ten seconds: rate_limited with retry_after_seconds, then the close.")
async def rate_limited(world: World) -> None:
    async with world.client(world.user()) as client:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(FLOOD):
                await client.say({"action": "ping"})
        told = await client.until(
            lambda one: one["data"].get("code") == "rate_limited", f"{FLOOD} messages were not too many"
        )
        expect(told["data"].get("retry_after_seconds", 0) >= 1, told)
        await client.until_closed()


@check("pong does not count against the rate at its natural rate.")
async def pong_is_not_counted(world: World) -> None:
    async with world.client(world.user()) as client:
        await client.say({"action": "pong"})
        for _ in range(15):
            answer = await client.ask("ping")
            expect(answer["type"] == "system.pong", answer)
