"""Messages"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from local.gateway import GatewayLimits, Throttle
from tests.local.gateway.apis import (
    MOCKED,
    PLAIN,
    TIMEOUT_MS,
    TWO_WAY_DEFAULT,
    WITHOUT_DEFAULT,
    api,
    route,
)
from tests.local.gateway.behaviours import behaviour
from tests.local.gateway.functions import echo
from tests.local.gateway.target import closed, post, receive

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from tests.local.gateway.clock import SteppedClock
    from tests.local.gateway.conftest import Serve
    from tests.local.gateway.functions import Functions
    from tests.local.gateway.target import Clients, Target

pytestmark = pytest.mark.network

ROUTES_DOC = "D websocket-api-develop-routes"
RESPONSE_DOC = "D apigateway-websocket-api-route-response"
QUOTAS = "D apigateway-execution-service-websocket-limits-table"
ECHO = '{"action": "echo"}'


@pytest.fixture
async def client(target: Target, clients: Clients) -> ClientConnection:
    target.functions.on("echo", echo)
    return await clients.connect(target)


async def assert_open_and_silent(client: ClientConnection) -> None:
    """An echo comes back, and nothing came before it."""
    await client.send(ECHO)
    assert await receive(client) == ECHO


async def error_frame(client: ClientConnection) -> tuple[str, dict[str, str]]:
    frame = await receive(client)
    assert isinstance(frame, str)
    return frame, json.loads(frame)


@behaviour("$request.body.action selects the route", source=ROUTES_DOC)
async def test_route_is_selected_by_action(target: Target, client: ClientConnection) -> None:
    await client.send('{"action": "silent"}')
    event = await target.functions.event("silent")
    assert event["requestContext"]["routeKey"] == "silent"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"action": "unknown"}', id="unknown-action"),
        pytest.param('{"other": 1}', id="no-action"),
        pytest.param("hello", id="not-json"),
        pytest.param('["action"]', id="not-an-object"),
        pytest.param('{"action": {"nested": 1}}', id="not-a-string"),
    ],
)
@behaviour("What selects no route goes to $default, whose routeKey is `$default`", source=ROUTES_DOC)
async def test_unmatched_goes_to_default(target: Target, client: ClientConnection, text: str) -> None:
    await client.send(text)
    event = await target.functions.event("default")
    assert event["requestContext"]["routeKey"] == "$default"
    assert event["body"] == text


@behaviour("A message cannot ask for $connect or $disconnect", source="[?] 0020")
async def test_lifecycle_routes_are_not_selectable(target: Target, client: ClientConnection) -> None:
    await client.send('{"action": "$disconnect"}')
    await target.functions.event("default")
    assert not target.functions.events("disconnect")


@pytest.mark.parametrize(
    "text", ['{"action": "unknown"}', "hello", "[" * 8000], ids=["unknown", "not-json", "nested-deeply"]
)
@behaviour("Without $default: the `Forbidden` frame, byte for byte, and the connection stays",
           source="X simple-websockets-chat-app #24")  # fmt: skip
async def test_forbidden_frame(serve: Serve, clients: Clients, functions: Functions, text: str) -> None:
    target = await serve(WITHOUT_DEFAULT)
    client = await clients.connect(target)
    connection_id = (await functions.event("connect"))["requestContext"]["connectionId"]
    await client.send(text)
    frame, error = await error_frame(client)
    assert frame == (
        f'{{"message": "Forbidden", "connectionId":"{connection_id}", "requestId":"{error["requestId"]}"}}'
    )
    assert len(error["requestId"]) == 16
    functions.on("echo", echo)
    await assert_open_and_silent(client)


@behaviour("A one-way route drops the body its function returns", source=RESPONSE_DOC)
async def test_one_way_route_drops_the_body(target: Target, client: ClientConnection) -> None:
    target.functions.returns("silent", {"statusCode": 200, "body": "dropped"})
    await client.send('{"action": "silent"}')
    await target.functions.event("silent")
    await assert_open_and_silent(client)


@behaviour("A route response sends the body as one text message", source=RESPONSE_DOC)
async def test_route_response_sends_the_body(target: Target, client: ClientConnection) -> None:
    target.functions.returns("echo", {"statusCode": 200, "body": "grüße"})
    await client.send(ECHO)
    assert await receive(client) == "grüße"


@behaviour("A route response works on $default, too", source=RESPONSE_DOC)
async def test_route_response_on_default(serve: Serve, clients: Clients, functions: Functions) -> None:
    functions.on("default", echo)
    client = await clients.connect(await serve(TWO_WAY_DEFAULT))
    await client.send("anything")
    assert await receive(client) == "anything"


@behaviour("An empty body is sent as an empty message", source="[?] 0022")
async def test_empty_body_is_sent(target: Target, client: ClientConnection) -> None:
    target.functions.returns("echo", {"statusCode": 200, "body": ""})
    await client.send(ECHO)
    assert await receive(client) == ""


@behaviour("A route response without a body sends nothing", source=RESPONSE_DOC)
async def test_route_response_without_body(target: Target, client: ClientConnection) -> None:
    target.functions.returns("echo", {"statusCode": 200})
    await client.send(ECHO)
    await target.functions.event("echo")
    target.functions.on("echo", echo)
    await assert_open_and_silent(client)


@pytest.mark.parametrize("name", ["echo", "silent"], ids=["two-way", "one-way"])
@behaviour("A function that raises: the `Internal server error` frame, even on one-way routes",
           source="X many captures")  # fmt: skip
async def test_exception_sends_internal_server_error(
    target: Target, client: ClientConnection, name: str
) -> None:
    target.functions.raises(name)
    await client.send(json.dumps({"action": name}))
    event = await target.functions.event(name)
    frame, _ = await error_frame(client)
    context = event["requestContext"]
    assert frame == (
        f'{{"message": "Internal server error", "connectionId":"{context["connectionId"]}", '
        f'"requestId":"{context["requestId"]}"}}'
    )
    target.functions.on("echo", echo)
    await assert_open_and_silent(client)


@pytest.mark.parametrize("answer", [None, "text", {}, {"statusCode": 200, "body": {}}])
@behaviour("A malformed answer: the `Internal server error` frame", source="X many captures")
async def test_malformed_answer_sends_internal_server_error(
    target: Target, client: ClientConnection, answer: Any
) -> None:
    target.functions.returns("silent", answer)
    await client.send('{"action": "silent"}')
    _, error = await error_frame(client)
    assert error["message"] == "Internal server error"


@behaviour("An invocation that Lambda refuses: the `Internal server error` frame",
           source="D services-apigateway-errors")  # fmt: skip
async def test_refused_invocation_sends_internal_server_error(
    serve: Serve, clients: Clients, functions: Functions
) -> None:
    client = await clients.connect(await serve(PLAIN, limits=GatewayLimits()))
    functions.refuses("silent")
    await client.send('{"action": "silent"}')
    _, error = await error_frame(client)
    assert error["message"] == "Internal server error"


@behaviour("A function over the timeout: the `Endpoint request timed out` frame; the function runs on",
           source="X mangum #128")  # fmt: skip
async def test_timeout_frame(target: Target, client: ClientConnection) -> None:
    finished = asyncio.Event()

    async def linger(_event: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(TIMEOUT_MS / 1000 + 0.2)
        finished.set()
        return {"statusCode": 200}

    target.functions.on("silent", linger)
    await client.send('{"action": "silent"}')
    _, error = await error_frame(client)
    assert error["message"] == "Endpoint request timed out"
    async with asyncio.timeout(10):
        await finished.wait()


@pytest.mark.parametrize("status", [201, 301, 401, 500, 501])
@behaviour("A status other than 200 of a message's function neither closes nor answers",
           source="X return-code experiment")  # fmt: skip
async def test_non_2xx_does_nothing(target: Target, client: ClientConnection, status: int) -> None:
    target.functions.returns("silent", {"statusCode": status})
    await client.send('{"action": "silent"}')
    await target.functions.event("silent")
    await assert_open_and_silent(client)


@behaviour("A MOCK integration with a static template answers without a function",
           source="D apigateway-websocket-api-mock-integration")  # fmt: skip
async def test_mock_ping(serve: Serve, clients: Clients) -> None:
    client = await clients.connect(await serve(MOCKED))
    await client.send('{"action": "ping"}')
    assert await receive(client) == '{"type": "pong"}'


@behaviour(
    "Messages over the account's rate get a `Too Many Requests` frame",
    source="[?] 0020; D websocket-api-protect",
)
async def test_account_throttle_frame(
    serve: Serve, clients: Clients, functions: Functions, clock: SteppedClock
) -> None:
    limits = GatewayLimits(requests_per_second=1, requests_burst=1)
    client = await clients.connect(await serve(PLAIN, limits=limits, clock=clock))
    functions.on("echo", echo)
    await client.send(ECHO)
    await client.send(ECHO)
    received = {await receive(client), await receive(client)}
    assert ECHO in received
    (error,) = (json.loads(text) for text in received - {ECHO})
    assert error["message"] == "Too Many Requests"
    clock.advance(1)
    await assert_open_and_silent(client)


@behaviour("A stage's throttle applies to each route by itself", source="D websocket-api-protect")
async def test_stage_throttle(
    serve: Serve, clients: Clients, functions: Functions, clock: SteppedClock
) -> None:
    routes = {"echo": route("echo", route_response=True), "silent": route("silent")}
    throttled = api(routes, throttle=Throttle(rate_per_second=1, burst=1))
    client = await clients.connect(await serve(throttled, clock=clock))
    functions.on("echo", echo)
    await client.send('{"action": "silent"}')
    await client.send('{"action": "silent"}')
    _, error = await error_frame(client)
    assert error["message"] == "Too Many Requests"
    await assert_open_and_silent(client)


@behaviour("A message may be 128 KB, in frames of up to 32 KB", source=QUOTAS)
async def test_128_kb_in_fragments(target: Target, client: ClientConnection) -> None:
    text = "x" * (32 * 1024)
    await client.send([text] * 4)
    event = await target.functions.event("default")
    assert len(event["body"]) == 128 * 1024


@behaviour("A message over 128 KB closes with 1009", source=QUOTAS)
async def test_message_over_128_kb_is_1009(client: ClientConnection) -> None:
    await client.send(["x" * (32 * 1024)] * 4 + ["x"])
    assert (await closed(client))[0] == 1009


@behaviour("A single frame over 32 KB closes with 1009", source=QUOTAS)
async def test_frame_over_32_kb_is_1009(client: ClientConnection) -> None:
    await client.send("x" * (32 * 1024 + 1))
    assert (await closed(client))[0] == 1009


@behaviour("A single frame of 32 KB is accepted", source=QUOTAS)
async def test_frame_of_32_kb(target: Target, client: ClientConnection) -> None:
    await client.send("x" * (32 * 1024))
    assert len((await target.functions.event("default"))["body"]) == 32 * 1024


@behaviour("A binary frame closes with 1003", source="D websocket-api-develop-binary-media-types")
async def test_binary_is_1003(client: ClientConnection) -> None:
    await client.send(b"\x00\x01")
    assert (await closed(client))[0] == 1003


@behaviour("Invalid UTF-8 closes with 1007", source="R RFC 6455 §8.1")
async def test_invalid_utf8_is_1007(client: ClientConnection) -> None:
    await client.send(b"\xff\xfe", text=True)
    assert (await closed(client))[0] == 1007


@behaviour("A ping frame is answered with a pong, and invokes nothing", source="R RFC 6455 §5.5.2")
async def test_ping_is_answered(target: Target, client: ClientConnection) -> None:
    async with asyncio.timeout(10):
        await (await client.ping(b"payload"))
    assert not target.functions.events("default")


@behaviour(
    "A slow function holds up neither other messages nor other connections",
    source="D websocket-api-develop-routes",
)
async def test_slow_function_holds_nobody(target: Target, client: ClientConnection, clients: Clients) -> None:
    release = asyncio.Event()

    async def wait(_event: dict[str, Any]) -> dict[str, Any]:
        await release.wait()
        return {"statusCode": 200}

    target.functions.on("silent", wait)
    await client.send('{"action": "silent"}')
    await target.functions.event("silent")
    await assert_open_and_silent(client)
    await assert_open_and_silent(await clients.connect(target))
    release.set()


@behaviour(
    "A function may post to the connection whose message it handles",
    source="D how-to-call-websocket-api-connections",
)
async def test_post_inside_a_message(target: Target, client: ClientConnection) -> None:
    async def answer(event: dict[str, Any]) -> dict[str, Any]:
        await post(target, event["requestContext"]["connectionId"], b"posted")
        return {"statusCode": 200, "body": "returned"}

    target.functions.on("echo", answer)
    await client.send(ECHO)
    assert {await receive(client), await receive(client)} == {"posted", "returned"}


async def test_messages_keep_their_order_when_one_runs_at_a_time(
    serve: Serve, clients: Clients, functions: Functions
) -> None:
    target = await serve(PLAIN, limits=GatewayLimits(messages_in_flight=1))
    running = 0

    async def one_at_a_time(event: dict[str, Any]) -> dict[str, Any]:
        nonlocal running
        running += 1
        assert running == 1
        for _ in range(3):
            await asyncio.sleep(0)
        running -= 1
        return echo(event)

    functions.on("echo", one_at_a_time)
    client = await clients.connect(target)
    sent = [json.dumps({"action": "echo", "n": n}) for n in range(200)]
    for text in sent:
        await client.send(text)
    assert [await receive(client) for _ in sent] == sent
