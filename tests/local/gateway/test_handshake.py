"""Handshake"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from botocore.exceptions import ClientError
from websockets.exceptions import InvalidStatus

from local.gateway import Gateway, GatewayLimits, OneLineForBadRequests
from tests.local.gateway.apis import PLAIN, WITHOUT_CONNECT, api, mock, route
from tests.local.gateway.behaviours import behaviour
from tests.local.gateway.functions import Functions, echo
from tests.local.gateway.target import OurGateway, post, receive

if TYPE_CHECKING:
    from tests.local.gateway.clock import SteppedClock
    from tests.local.gateway.conftest import Serve
    from tests.local.gateway.target import Clients, Target

pytestmark = pytest.mark.network


async def _plain_get(url: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status


@pytest.mark.parametrize("status", [200, 201, 204, 299])
@behaviour("Any 2xx of $connect accepts with 101", source="X return-code experiment; D connect-route")
async def test_any_2xx_accepts(target: Target, clients: Clients, status: int) -> None:
    target.functions.returns("connect", {"statusCode": status})
    client = await clients.connect(target)
    assert client.response is not None
    assert client.response.status_code == 101


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 500, 501])
@behaviour("Any other status of $connect is the handshake's status", source="X return-code experiment")
async def test_other_statuses_pass_through(target: Target, clients: Clients, status: int) -> None:
    target.functions.returns("connect", {"statusCode": status})
    assert await clients.refused(target) == status


@behaviour("$connect raising is 502", source="D services-apigateway-errors")
async def test_connect_exception_is_502(target: Target, clients: Clients) -> None:
    target.functions.raises("connect")
    assert await clients.refused(target) == 502


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="nothing"),
        pytest.param("ok", id="text"),
        pytest.param({"body": "no status"}, id="no-status"),
        pytest.param({"statusCode": "abc"}, id="status-not-a-number"),
        pytest.param({"statusCode": 200, "body": {"not": "text"}}, id="body-not-text"),
    ],
)
@behaviour("A malformed answer of $connect is 502", source="D services-apigateway-errors")
async def test_malformed_connect_answer_is_502(target: Target, clients: Clients, answer: Any) -> None:
    target.functions.returns("connect", answer)
    assert await clients.refused(target) == 502


@behaviour("$connect that Lambda refuses to start is 500", source="D services-apigateway-errors")
async def test_refused_invocation_is_500(serve: Serve, clients: Clients, functions: Functions) -> None:
    target = await serve(PLAIN, limits=GatewayLimits())
    functions.refuses("connect")
    assert await clients.refused(target) == 500


@behaviour(
    "$connect over its integration timeout is 504", source="[?] 0020: INTEGRATION_TIMEOUT's default status"
)
async def test_connect_timeout_is_504(target: Target, clients: Clients) -> None:
    target.functions.on("connect", lambda _event: asyncio.sleep(3))
    assert await clients.refused(target) == 504


@behaviour("Without a $connect route everybody is accepted", source="D apigateway-websocket-api-route-keys")
async def test_no_connect_route_accepts(serve: Serve, clients: Clients) -> None:
    target = await serve(WITHOUT_CONNECT)
    client = await clients.connect(target)
    await client.send('{"action": "silent"}')
    assert await target.functions.event("silent")


@behaviour(
    "A MOCK $connect answers by the status of its request template",
    source="D apigateway-websocket-api-mock-integration",
)
async def test_mock_connect(serve: Serve, clients: Clients) -> None:
    await clients.connect(await serve(api({"$connect": mock(status=200)}), limits=GatewayLimits()))
    closed = await serve(api({"$connect": mock(status=403)}), limits=GatewayLimits())
    assert await clients.refused(closed) == 403


@behaviour("$connect's body is not delivered as a message", source="D apigateway-websocket-api-route-keys")
async def test_connect_body_is_dropped(target: Target, clients: Clients) -> None:
    target.functions.returns("connect", {"statusCode": 200, "body": "welcome"})
    target.functions.on("echo", echo)
    client = await clients.connect(target)
    await client.send('{"action": "echo"}')
    assert await receive(client) == '{"action": "echo"}'


@behaviour(
    "No subprotocol is selected unless $connect returns one", source="D websocket-connect-route-subprotocol"
)
async def test_subprotocol_is_not_automatic(target: Target, clients: Clients) -> None:
    client = await clients.connect(target, subprotocols=["a", "b"])
    assert client.subprotocol is None


@behaviour(
    "The subprotocol that $connect returns is selected", source="D websocket-connect-route-subprotocol"
)
async def test_returned_subprotocol_is_selected(target: Target, clients: Clients) -> None:
    target.functions.returns("connect", {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "b"}})
    client = await clients.connect(target, subprotocols=["a", "b"])
    assert client.subprotocol == "b"


@behaviour("Compression is not negotiated though the client offers it", source="[?] 0020: not documented")
async def test_no_compression(target: Target, clients: Clients) -> None:
    client = await clients.connect(target, compression="deflate")
    assert client.response is not None
    assert "Sec-WebSocket-Extensions" not in client.response.headers


@behaviour("A plain GET of the stage is 426", source="X serverless-offline's suite run on AWS")
async def test_plain_get_is_426(target: Target) -> None:
    assert await _plain_get(target.http_origin + "/" + PLAIN.stage_name) == 426


@pytest.mark.parametrize("path", ["/nowhere", "/dev/deeper", "/nowhere/@connections/abc"])
@behaviour("An unknown stage or path is 403", source="D gateway response MISSING_AUTHENTICATION_TOKEN")
async def test_unknown_path_is_403(target: Target, clients: Clients, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await clients.connect(target, path if path.startswith("/dev") else f"/..{path}")
    assert refused.value.response.status_code == 403
    assert await _plain_get(target.http_origin + path) == 403


@behaviour(
    "Handshakes above the connection rate are 429", source="D websocket limits: 500 new connections a second"
)
async def test_connection_rate(serve: Serve, clients: Clients, clock: SteppedClock) -> None:
    limits = GatewayLimits(connections_per_second=2, connections_burst=2)
    target = await serve(PLAIN, limits=limits, clock=clock)
    await clients.connect(target)
    await clients.connect(target)
    assert await clients.refused(target) == 429
    clock.advance(0.5)
    await clients.connect(target)


@behaviour("A post before $connect has returned is 410", source="D apigateway-websocket-api-route-keys")
async def test_post_during_connect_is_410(target: Target, clients: Clients) -> None:
    statuses: list[int] = []

    async def post_to_itself(event: dict[str, Any]) -> dict[str, Any]:
        try:
            await post(target, event["requestContext"]["connectionId"])
        except ClientError as exc:
            statuses.append(exc.response["ResponseMetadata"]["HTTPStatusCode"])
        return {"statusCode": 200}

    target.functions.on("connect", post_to_itself)
    await clients.connect(target)
    assert statuses == [410]


@behaviour("A client that leaves during an accepted $connect gets its $disconnect: 1006", source="[?] 0021")
async def test_client_leaving_during_connect(serve: Serve, clients: Clients, functions: Functions) -> None:
    target = await serve(PLAIN, limits=GatewayLimits())
    accepted = asyncio.Event()

    async def wait(_event: dict[str, Any]) -> dict[str, Any]:
        await accepted.wait()
        return {"statusCode": 200}

    functions.on("connect", wait)
    handshake = asyncio.create_task(clients.connect(target))
    connect = await functions.event("connect")
    handshake.cancel()
    await asyncio.wait([handshake])
    accepted.set()
    disconnect = await functions.event("disconnect")
    assert disconnect["requestContext"]["disconnectStatusCode"] == 1006
    assert disconnect["requestContext"]["connectionId"] == connect["requestContext"]["connectionId"]


@behaviour("An API mapping serves the stage under its own path", source="D websocket-api-mappings")
async def test_mapping(serve: Serve, clients: Clients, functions: Functions) -> None:
    target = await serve(PLAIN, mappings=("api/v1/ws",))
    target.ws_url = target.ws_url.removesuffix("/dev") + "/api/v1/ws"
    client = await clients.connect(target, "?user_id=1")
    functions.on("echo", echo)
    await client.send('{"action": "echo"}')
    assert await receive(client) == '{"action": "echo"}'
    assert functions.events("connect")[0]["requestContext"]["stage"] == "dev"


@behaviour(
    "Header names arrive in lower case through a mapping of several levels",
    source="D websocket-api-mappings",
)
async def test_mapping_of_several_levels_lowers_header_names(
    serve: Serve, clients: Clients, functions: Functions
) -> None:
    target = await serve(PLAIN, mappings=("api/v1/ws", "ws"))
    origin = target.ws_url.removesuffix("/dev")
    for position, (path, name) in enumerate([("/api/v1/ws", "user-agent"), ("/ws", "User-Agent")]):
        target.ws_url = origin + path
        await clients.connect(target)
        assert name in functions.events("connect")[position]["headers"]


async def test_an_empty_mapping_serves_the_root(serve: Serve, clients: Clients) -> None:
    target = await serve(PLAIN, mappings=("",))
    target.ws_url = target.ws_url.removesuffix("dev")
    await clients.connect(target)


async def test_handshakes_at_the_root_pass_by_whoever_serves_pages_there(clients: Clients) -> None:
    async def page(_request: web.Request) -> web.Response:
        return web.Response(text="the page")

    app = web.Application()
    app.router.add_get("/", page)
    target = OurGateway(Gateway(PLAIN, Functions(), mappings=("/",)), Functions(), app=app)
    await target.start()
    try:
        target.ws_url = target.ws_url.removesuffix("dev")
        await clients.connect(target)
        assert await _plain_get(f"{target.http_origin}/") == 200
    finally:
        await target.stop()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"X-A": "x" * 9000}, 200, id="one-long-value"),
        pytest.param({f"X-{n}": "x" * 5000 for n in range(3)}, 431, id="much-in-all"),
        pytest.param({"X-A": "x" * 20_000}, 431, id="too-long-a-value"),
    ],
)
@behaviour("A handshake's line and header values may have 10,240 bytes in all, else it is 431",
           source="D api-gateway-limits: header values; [?] 0020: the status")  # fmt: skip
async def test_header_quota(target: Target, clients: Clients, headers: dict[str, str], status: int) -> None:
    if status == 200:
        await clients.connect(target, additional_headers=headers)
    else:
        assert await clients.refused(target, additional_headers=headers) == status


async def test_a_header_beyond_the_parser_is_told_in_one_line(
    target: Target, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(OneLineForBadRequests())
    headers = {"X-A": "x" * 70_000}
    async with (
        aiohttp.ClientSession() as session,
        session.get(target.management_endpoint, headers=headers) as response,
    ):
        assert response.status == 400
    [record] = [record for record in caplog.records if record.name == "aiohttp.server"]
    assert record.exc_info is None
    assert record.getMessage() == "Error handling request from 127.0.0.1: LineTooLong"


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        pytest.param({}, "", 403, id="unsigned"),
        pytest.param({"Authorization": "Bearer x"}, "", 403, id="another-scheme"),
        pytest.param({"Authorization": "AWS4-HMAC-SHA256 Credential=x"}, "", 101, id="header"),
        pytest.param({}, "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=x", 101, id="query"),
    ],
)
@behaviour(
    "With AWS_IAM on $connect an unsigned handshake is 403",
    source="D apigateway-websocket-control-access-iam",
)
async def test_iam(serve: Serve, clients: Clients, headers: dict[str, str], query: str, status: int) -> None:
    target = await serve(api({"$connect": replace(route("connect"), iam=True)}))
    if status == 101:
        await clients.connect(target, query, additional_headers=headers)
    else:
        assert await clients.refused(target, query, additional_headers=headers) == status


@behaviour("A handshake without a valid key or version is 400", source="R RFC 6455 §4.2.1")
async def test_invalid_handshake_is_400(serve: Serve) -> None:
    target = await serve(api({"$connect": route("connect")}), limits=GatewayLimits())
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    async with (
        aiohttp.ClientSession() as session,
        session.get(target.management_endpoint, headers=headers) as response,
    ):
        assert response.status == 400
