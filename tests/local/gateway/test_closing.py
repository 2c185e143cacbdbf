"""Ends of connections"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.gateway import GatewayLimits
from tests.local.gateway.apis import PLAIN, api, route
from tests.local.gateway.behaviours import behaviour
from tests.local.gateway.functions import echo
from tests.local.gateway.target import close_without_code, closed, manage, post, receive

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from tests.local.gateway.clock import SteppedClock
    from tests.local.gateway.conftest import Serve
    from tests.local.gateway.functions import Functions
    from tests.local.gateway.target import Clients, Target

pytestmark = pytest.mark.network

QUOTAS = "D apigateway-execution-service-websocket-limits-table"
ECHO = '{"action": "echo"}'
IDLE_SECONDS = 600
LIFE_SECONDS = 7200


async def ended(functions: Functions) -> tuple[int, str]:
    context = (await functions.event("disconnect"))["requestContext"]
    return context["disconnectStatusCode"], context["disconnectReason"]


async def connection_id(functions: Functions, position: int = 0) -> str:
    return str((await functions.event("connect", position))["requestContext"]["connectionId"])


@pytest.fixture
async def timed(serve: Serve, functions: Functions, clock: SteppedClock) -> Target:
    functions.on("echo", echo)
    return await serve(PLAIN, clock=clock)


@behaviour("A client close without a code: 1005 `Client-side close frame status not set`",
           source="F powertools apiGatewayWebSocketApiDisconnect.json")  # fmt: skip
async def test_close_without_code(target: Target, clients: Clients) -> None:
    client = await clients.connect(target)
    await close_without_code(client)
    assert await ended(target.functions) == (1005, "Client-side close frame status not set")


@behaviour("A client close with a code and a reason: DISCONNECT repeats both", source="[?] 0021")
async def test_close_with_code_and_reason(target: Target, clients: Clients) -> None:
    client = await clients.connect(target)
    await client.close(4001, "logged out")
    assert await ended(target.functions) == (4001, "logged out")


@behaviour("The close frame is answered with the client's code", source="R RFC 6455 §5.5.1")
async def test_close_is_echoed(target: Target, clients: Clients) -> None:
    client = await clients.connect(target)
    await client.close(1000)
    assert client.close_code == 1000


@behaviour(
    "A connection lost without a close frame: DISCONNECT with 1006", source="[?] 0021; R RFC 6455 §7.1.5"
)
async def test_lost_connection_is_1006(target: Target, clients: Clients) -> None:
    client = await clients.connect(target)
    await target.functions.event("connect")
    client.transport.abort()
    assert (await ended(target.functions))[0] == 1006


@behaviour("Idle for 10 minutes: closed with 1001 `Going away`, and DISCONNECT says so",
           source="F captured 604 s after connectedAt")  # fmt: skip
async def test_idle_is_closed(
    timed: Target, clients: Clients, functions: Functions, clock: SteppedClock
) -> None:
    client = await clients.connect(timed)
    clock.advance(IDLE_SECONDS)
    assert await closed(client) == (1001, "Going away")
    assert await ended(functions) == (1001, "Going away")


async def stays_open(client: ClientConnection) -> bool:
    await client.send(ECHO)
    return await receive(client) == ECHO


@behaviour("A message from the client starts the idle time anew", source=QUOTAS)
async def test_message_resets_idle(timed: Target, clients: Clients, clock: SteppedClock) -> None:
    client = await clients.connect(timed)
    for _ in range(3):
        clock.advance(IDLE_SECONDS - 1)
        assert await stays_open(client)


@behaviour("A message to the client starts the idle time anew", source=QUOTAS)
async def test_post_resets_idle(
    timed: Target, clients: Clients, functions: Functions, clock: SteppedClock
) -> None:
    client = await clients.connect(timed)
    for _ in range(3):
        clock.advance(IDLE_SECONDS - 1)
        await post(timed, await connection_id(functions))
        assert await receive(client) == "hello"


@behaviour("Ping frames do not start the idle time anew", source="[?] 0021: the quota speaks of data")
async def test_ping_does_not_reset_idle(timed: Target, clients: Clients, clock: SteppedClock) -> None:
    client = await clients.connect(timed)
    clock.advance(IDLE_SECONDS - 1)
    async with asyncio.timeout(10):
        await (await client.ping())
    clock.advance(1)
    assert await closed(client) == (1001, "Going away")


@behaviour("After 2 hours every connection is closed, however busy: 1001 `Going away`", source=QUOTAS)
async def test_life_ends_after_two_hours(
    timed: Target, clients: Clients, functions: Functions, clock: SteppedClock
) -> None:
    client = await clients.connect(timed)
    for _ in range(LIFE_SECONDS // 300 - 1):
        clock.advance(300)
        assert await stays_open(client)
    clock.advance(300)
    assert await closed(client) == (1001, "Going away")
    assert await ended(functions) == (1001, "Going away")


@behaviour("Each connection has its own idle time", source=QUOTAS)
async def test_idle_times_are_independent(timed: Target, clients: Clients, clock: SteppedClock) -> None:
    first = await clients.connect(timed)
    clock.advance(IDLE_SECONDS / 2)
    second = await clients.connect(timed)
    clock.advance(IDLE_SECONDS / 2)
    assert await closed(first) == (1001, "Going away")
    assert await stays_open(second)
    clock.advance(IDLE_SECONDS)
    assert await closed(second) == (1001, "Going away")


@behaviour("DELETE @connections closes with 1000", source="X boto3 #3789")
async def test_delete_closes_with_1000(target: Target, clients: Clients) -> None:
    client = await clients.connect(target)
    await manage(target, "delete_connection", ConnectionId=await connection_id(target.functions))
    assert (await closed(client))[0] == 1000


@behaviour(
    "DELETE @connections fires $disconnect: 1000 `Connection Closed Normally`",
    source="X boto3 #3789, chalice #2060",
)
async def test_delete_fires_disconnect(target: Target, clients: Clients) -> None:
    client = await clients.connect(target)
    await manage(target, "delete_connection", ConnectionId=await connection_id(target.functions))
    await closed(client)
    assert await ended(target.functions) == (1000, "Connection Closed Normally")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        pytest.param(b"\x00", 1003, id="binary"),
        pytest.param("x" * 40_000, 1009, id="frame-too-long"),
    ],
)
@behaviour("A connection closed for a violation fires $disconnect with that code", source="[?] 0021")
async def test_violation_fires_disconnect(target: Target, clients: Clients, message: Any, code: int) -> None:
    client = await clients.connect(target)
    await client.send(message)
    assert (await closed(client))[0] == code
    assert (await ended(target.functions))[0] == code


@behaviour(
    "$disconnect is invoked once, whoever else closes meanwhile",
    source="D apigateway-websocket-api-route-keys",
)
async def test_disconnect_fires_once(target: Target, clients: Clients) -> None:
    client = await clients.connect(target)
    await manage(target, "delete_connection", ConnectionId=await connection_id(target.functions))
    await client.close()
    client.transport.abort()
    await target.functions.event("disconnect")
    again = await clients.connect(target)  # another life, to let a second event of the first one arrive
    await close_without_code(again)
    await target.functions.event("disconnect", 1)
    ids = [event["requestContext"]["connectionId"] for event in target.functions.events("disconnect")]
    assert len(ids) == len(set(ids)) == 2


@behaviour("A $disconnect that fails is not tried again", source="D services-apigateway-errors")
async def test_failed_disconnect_is_not_retried(target: Target, clients: Clients) -> None:
    target.functions.raises("disconnect")
    for position in range(2):
        await close_without_code(await clients.connect(target))
        await target.functions.event("disconnect", position)
    assert len(target.functions.events("disconnect")) == 2


@behaviour("A closed connection is 410 at once", source="S PostToConnection: GoneException")
async def test_closed_connection_is_gone(target: Target, clients: Clients) -> None:
    client = await clients.connect(target)
    await close_without_code(client)
    await target.functions.event("disconnect")
    with pytest.raises(ClientError) as gone:
        await post(target, await connection_id(target.functions))
    assert gone.value.response["ResponseMetadata"]["HTTPStatusCode"] == 410


@behaviour("A handshake that was refused fires no $disconnect", source="[?] 0021")
async def test_refused_handshake_fires_no_disconnect(target: Target, clients: Clients) -> None:
    target.functions.returns("connect", {"statusCode": 403})
    await clients.refused(target)
    target.functions.returns("connect", {"statusCode": 200})
    await close_without_code(await clients.connect(target))
    event = await target.functions.event("disconnect")
    assert event["requestContext"]["connectionId"] == await connection_id(target.functions, 1)
    assert len(target.functions.events("disconnect")) == 1


async def test_closing_the_gateway_closes_sockets_and_fires_disconnects(
    serve: Serve, clients: Clients, functions: Functions
) -> None:
    target: Any = await serve(PLAIN)
    opened = [await clients.connect(target) for _ in range(3)]
    await target.stop()
    assert [await closed(client) for client in opened] == [(1001, "Going away")] * 3
    assert len(functions.events("disconnect")) == 3


async def test_closing_the_gateway_does_not_wait_for_a_function_that_hangs(
    serve: Serve, clients: Clients, functions: Functions
) -> None:
    limits = GatewayLimits(shutdown_timeout_seconds=0.05)
    target: Any = await serve(api({"$disconnect": route("disconnect")}), limits=limits)
    functions.on("disconnect", lambda _event: asyncio.Event().wait())
    client = await clients.connect(target)
    await target.stop()
    assert (await closed(client))[0] == 1001


async def test_a_handshake_that_outlives_the_gateway_is_closed_at_once(
    serve: Serve, clients: Clients, functions: Functions
) -> None:
    target: Any = await serve(PLAIN)
    accepted = asyncio.Event()

    async def wait(_event: dict[str, Any]) -> dict[str, Any]:
        await accepted.wait()
        return {"statusCode": 200}

    functions.on("connect", wait)
    handshake = asyncio.create_task(clients.connect(target))
    await functions.event("connect")
    await target.gateway.close()
    accepted.set()
    assert await closed(await handshake) == (1001, "Going away")
    assert await clients.refused(target) == 503


async def test_messages_that_wait_are_dropped_when_the_gateway_closes(
    serve: Serve, clients: Clients, functions: Functions
) -> None:
    limits = GatewayLimits(messages_in_flight=1, shutdown_timeout_seconds=0.05)
    target: Any = await serve(PLAIN, limits=limits)
    functions.on("default", lambda _event: asyncio.Event().wait())
    client = await clients.connect(target)
    await client.send("first")
    await client.send("second")
    await functions.event("default")
    await target.stop()
    assert len(functions.events("default")) == 1


async def test_a_client_that_ignores_the_close_frame_is_cut_off(
    serve: Serve, clients: Clients, functions: Functions
) -> None:
    target: Any = await serve(PLAIN, limits=GatewayLimits(close_timeout_seconds=0.05))
    client = await clients.connect(target)
    client.transport.pause_reading()
    await manage(target, "delete_connection", ConnectionId=await connection_id(functions))
    await functions.event("disconnect")
    client.transport.resume_reading()
    assert (await closed(client))[0] == 1000
    assert target.gateway.connections() == ()
