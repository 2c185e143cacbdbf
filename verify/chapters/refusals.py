"""What is no message is answered with a code, and the connection stays open."""

import json
from collections.abc import Awaitable, Callable

from verify.check import check, expect
from verify.client import Client, Message
from verify.world import World

LARGE_CHARACTERS = 17 * 1024
# The limit is 20 in ten seconds; five refusals in a row close.
FLOOD = 60


def refused_with(code: str, *messages: Message | str) -> Callable[[World], Awaitable[None]]:
    """A check that each of these is refused with this code, and that the connection lives on."""

    async def run(world: World) -> None:
        async with world.client(world.user()) as client:
            for message in messages:
                told = await client.refusal(message)
                expect(told == code, f"{str(message)[:60]} is answered with {told}")
            await still_open(client)

    # The chapter is that of the module which enters the check.
    run.__module__ = __name__
    return run


async def still_open(client: Client) -> None:
    answer = await client.ask("ping")
    expect(answer["type"] == "system.pong", f"the connection is of no use afterwards: {answer}")


check("invalid-json", "Text that is not JSON is answered with invalid_json.")(
    refused_with("invalid_json", "nonsense", "{", "")
)
check("invalid-message", "JSON that is no message is answered with invalid_message.")(
    refused_with(
        "invalid_message", "[1, 2]", '"text"', {"action": "subscribe"}, {"action": "subscribe", "channel": 7}
    )
)
check("long-request-id", "A request_id of more than 64 characters is answered with invalid_message.")(
    refused_with("invalid_message", {"action": "ping", "request_id": "x" * 65})
)
check("unknown-action", "An action that does not exist is answered with unknown_action.")(
    refused_with("unknown_action", {"action": "fly"}, {"action": "PING"})
)
check("unknown-channel", "A channel that does not exist is answered with unknown_channel.")(
    refused_with(
        "unknown_channel",
        {"action": "subscribe", "channel": "nonsense"},
        {"action": "unsubscribe", "channel": "nonsense"},
    )
)
check("message-too-large", "A message of more than 16 KB is answered with message_too_large.")(
    refused_with("message_too_large", json.dumps({"action": "ping", "padding": "x" * LARGE_CHARACTERS}))
)


@check("rate-limited", "Over 20 messages in ten seconds: rate_limited with retry_after_seconds, then the close.")
async def _(world: World) -> None:
    async with world.client(world.user()) as client:
        for _ in range(FLOOD):
            if client.closed:
                break
            await client.say({"action": "ping"})
        told = await client.until(
            lambda one: one["data"].get("code") == "rate_limited", f"{FLOOD} messages were not too many"
        )
        expect(told["data"].get("retry_after_seconds", 0) >= 1, told)
        await client.until_closed()


@check("pong-is-not-counted", "pong does not count against the rate at its natural rate.")
async def _(world: World) -> None:
    async with world.client(world.user()) as client:
        await client.say({"action": "pong"})
        for _ in range(15):
            answer = await client.ask("ping")
            expect(answer["type"] == "system.pong", answer)
