"""@connections"""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp
import pytest
from botocore.exceptions import ClientError

from local.gateway import GatewayLimits
from tests.local.gateway.apis import PLAIN
from tests.local.gateway.behaviours import behaviour
from tests.local.gateway.clock import START
from tests.local.gateway.functions import echo
from tests.local.gateway.target import close_without_code, manage, management_client, post, receive

if TYPE_CHECKING:
    from collections.abc import Callable

    from websockets.asyncio.client import ClientConnection

    from tests.local.gateway.clock import SteppedClock
    from tests.local.gateway.conftest import Serve
    from tests.local.gateway.functions import Functions
    from tests.local.gateway.target import Clients, Target

pytestmark = pytest.mark.network

MODEL = "S apigatewaymanagementapi service-2.json"
UNKNOWN = "eHrdFcnvvHcCE-w="
OPERATIONS = {
    "post": post,
    "get": lambda target, id_: manage(target, "get_connection", ConnectionId=id_),
    "delete": lambda target, id_: manage(target, "delete_connection", ConnectionId=id_),
}
SIGNED = {
    "Authorization": (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20241111/us-east-1/execute-api/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    )
}


async def connected(target: Target, clients: Clients, **options: Any) -> tuple[ClientConnection, str]:
    client = await clients.connect(target, **options)
    event = await target.functions.event("connect")
    return client, event["requestContext"]["connectionId"]


async def refusal(answer: Any) -> tuple[int, str]:
    """Status and error type, as an SDK's user sees them."""
    with pytest.raises(ClientError) as refused:
        await answer
    response = refused.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], type(refused.value).__name__


@behaviour("POST delivers its body as one text message", source=MODEL)
async def test_post_delivers_text(target: Target, clients: Clients) -> None:
    client, connection_id = await connected(target, clients)
    await post(target, connection_id, "grüße".encode())
    assert await receive(client) == "grüße"


@behaviour("POST answers 200", source=MODEL)
async def test_post_answers_200(target: Target, clients: Clients) -> None:
    _, connection_id = await connected(target, clients)
    answer = await post(target, connection_id)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


@behaviour("Posts arrive in the order in which they were answered", source="[?] 0022")
async def test_posts_keep_their_order(target: Target, clients: Clients) -> None:
    client, connection_id = await connected(target, clients)
    for n in range(5):
        await post(target, connection_id, str(n).encode())
    assert [await receive(client) for _ in range(5)] == ["0", "1", "2", "3", "4"]


@behaviour("A post may carry 128 KB", source=MODEL)
async def test_post_of_128_kb(target: Target, clients: Clients) -> None:
    client, connection_id = await connected(target, clients)
    await post(target, connection_id, b"x" * 128 * 1024)
    assert len(await receive(client)) == 128 * 1024


@behaviour("A post over 128 KB is 413 PayloadTooLargeException", source=MODEL)
async def test_post_over_128_kb_is_413(target: Target, clients: Clients) -> None:
    _, connection_id = await connected(target, clients)
    refused = await refusal(post(target, connection_id, b"x" * (128 * 1024 + 1)))
    assert refused == (413, "PayloadTooLargeException")


@behaviour("GET tells connectedAt, lastActiveAt and identity", source=MODEL)
async def test_get(target: Target, clients: Clients) -> None:
    _, connection_id = await connected(target, clients, user_agent_header="Mozilla/5.0")
    answer = await manage(target, "get_connection", ConnectionId=connection_id)
    assert answer["Identity"] == {"SourceIp": "127.0.0.1", "UserAgent": "Mozilla/5.0"}
    event = await target.functions.event("connect")
    connected_at = datetime.fromtimestamp(event["requestContext"]["connectedAt"] / 1000, UTC)
    assert answer["ConnectedAt"] == connected_at
    assert answer["LastActiveAt"] >= connected_at


@behaviour(
    "GET's dates are ISO 8601 with milliseconds and Z", source="D GetConnection examples of the AWS CLI"
)
async def test_get_dates(target: Target, clients: Clients) -> None:
    _, connection_id = await connected(target, clients)
    url = f"{target.management_endpoint}/@connections/{quote(connection_id)}"
    async with aiohttp.ClientSession(headers=SIGNED) as session, session.get(url) as response:
        answer = await response.json()
    for name in ("connectedAt", "lastActiveAt"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", answer[name])


@behaviour(
    "GET's identity has no userAgent when the client sent none",
    source="D GetConnection examples of the AWS CLI",
)
async def test_get_without_user_agent(target: Target, clients: Clients) -> None:
    _, connection_id = await connected(target, clients, user_agent_header=None)
    answer = await manage(target, "get_connection", ConnectionId=connection_id)
    assert answer["Identity"] == {"SourceIp": "127.0.0.1"}


@behaviour("lastActiveAt moves with messages of both directions", source="S GetConnection; [?] 0021")
async def test_last_active_moves(
    serve: Serve, clients: Clients, functions: Functions, clock: SteppedClock
) -> None:
    target = await serve(PLAIN, clock=clock)
    client, connection_id = await connected(target, clients)
    functions.on("echo", echo)

    async def last_active() -> float:
        answer = await manage(target, "get_connection", ConnectionId=connection_id)
        return float(answer["LastActiveAt"].timestamp())

    assert await last_active() == pytest.approx(START, abs=0.001)
    clock.advance(5)
    await client.send('{"action": "silent"}')
    await functions.event("silent")
    assert await last_active() == pytest.approx(START + 5, abs=0.001)
    clock.advance(5)
    await post(target, connection_id)
    assert await last_active() == pytest.approx(START + 10, abs=0.001)


@behaviour("DELETE answers 204", source=MODEL)
async def test_delete_is_204(target: Target, clients: Clients) -> None:
    _, connection_id = await connected(target, clients)
    answer = await manage(target, "delete_connection", ConnectionId=connection_id)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
@behaviour(
    "A well-formed unknown id is 410 GoneException, whatever is asked", source="X LocalStack #4694; " + MODEL
)
async def test_unknown_id_is_gone(target: Target, operation: Callable[[Target, str], Any]) -> None:
    assert await refusal(operation(target, UNKNOWN)) == (410, "GoneException")


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
@behaviour("A closed connection's id is 410 GoneException, whatever is asked", source=MODEL)
async def test_closed_id_is_gone(
    target: Target, clients: Clients, operation: Callable[[Target, str], Any]
) -> None:
    client, connection_id = await connected(target, clients)
    await close_without_code(client)
    await target.functions.event("disconnect")
    assert await refusal(operation(target, connection_id)) == (410, "GoneException")


@pytest.mark.parametrize("connection_id", ["abc", "eHrdFcnvvHcCE-x=", "eHrdFcnvvHcCE-w"])
@behaviour("A malformed id is 400 BadRequestException", source="[?] 0023")
async def test_malformed_id_is_400(target: Target, connection_id: str) -> None:
    with pytest.raises(ClientError) as refused:
        await post(target, connection_id)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert refused.value.response["Error"]["Code"] == "BadRequestException"


@pytest.mark.parametrize("at", ["@", "%40"], ids=["plain", "encoded"])
@behaviour("The API lies under /{stage}/@connections, ids and @ percent-encoded or not",
           source="D how-to-call-websocket-api-connections")  # fmt: skip
async def test_paths_are_percent_decoded(target: Target, clients: Clients, at: str) -> None:
    client, connection_id = await connected(target, clients)
    url = f"{target.http_origin}/dev/{at}connections/{quote(connection_id, safe='')}"
    async with (
        aiohttp.ClientSession(headers=SIGNED, requote_redirect_url=False) as session,
        session.post(url, data=b"hello") as response,
    ):
        assert response.status == 200
    assert await receive(client) == "hello"


@behaviour("An endpoint that ends in a slash works: `/{stage}//@connections`",
           source="X serverless-patterns apigw-websocket-mapping-template-authorizer; [?] 0023")  # fmt: skip
async def test_slashes_before_connections_are_passed_over(target: Target, clients: Clients) -> None:
    client, connection_id = await connected(target, clients)
    url = f"{target.http_origin}/dev//@connections/{quote(connection_id, safe='')}"
    async with (
        aiohttp.ClientSession(headers=SIGNED) as session,
        session.post(url, data=b"hello") as response,
    ):
        assert response.status == 200
    assert await receive(client) == "hello"


@behaviour("A post over the account's rate is 429 LimitExceededException", source=MODEL)
async def test_rate_is_429(serve: Serve, clients: Clients, clock: SteppedClock) -> None:
    limits = GatewayLimits(requests_per_second=1, requests_burst=2)
    target = await serve(PLAIN, limits=limits, clock=clock)
    _, connection_id = await connected(target, clients)
    await post(target, connection_id)
    await post(target, connection_id)
    assert await refusal(post(target, connection_id)) == (429, "LimitExceededException")
    clock.advance(1)
    await post(target, connection_id)


@behaviour("Messages and posts draw on one account rate", source="D account-level throttling")
async def test_messages_and_posts_share_the_rate(
    serve: Serve, clients: Clients, functions: Functions, clock: SteppedClock
) -> None:
    limits = GatewayLimits(requests_per_second=1, requests_burst=1)
    target = await serve(PLAIN, limits=limits, clock=clock)
    client, connection_id = await connected(target, clients)
    await client.send('{"action": "silent"}')
    await functions.event("silent")
    assert await refusal(post(target, connection_id)) == (429, "LimitExceededException")


@behaviour(
    "A client whose buffer is full makes posts 429 LimitExceededException",
    source="S LimitExceededException's documentation",
)
async def test_full_client_buffer_is_429(target: Target, clients: Clients) -> None:
    client, connection_id = await connected(target, clients)
    client.transport.pause_reading()
    refused = None
    for _ in range(200):  # the kernels' buffers take several megabytes first
        try:
            await post(target, connection_id, b"x" * 128 * 1024)
        except ClientError as exc:
            refused = exc
            break
    assert refused is not None
    assert refused.response["Error"]["Code"] == "LimitExceededException"
    client.transport.abort()


@behaviour("A call without a signature is 403", source="D apigateway-websocket-control-access-iam")
async def test_unsigned_is_403(target: Target, clients: Clients) -> None:
    _, connection_id = await connected(target, clients)
    url = f"{target.management_endpoint}/@connections/{quote(connection_id)}"
    async with aiohttp.ClientSession() as session, session.post(url, data=b"x") as response:
        assert response.status == 403
        assert response.headers["x-amzn-ErrorType"] == "ForbiddenException"


@pytest.mark.parametrize(
    ("key_id", "secret", "status"),
    [
        pytest.param("AKIDEXAMPLE", "right", 200, id="right"),
        pytest.param("AKIDEXAMPLE", "wrong", 403, id="wrong-secret"),
        pytest.param("AKIDOTHER", "right", 403, id="unknown-key"),
    ],
)
@behaviour(
    "With known credentials, a wrong signature is 403 ForbiddenException", source="D reference_sigv; [?] 0023"
)
async def test_signatures_are_verified(
    serve: Serve, clients: Clients, key_id: str, secret: str, status: int
) -> None:
    target = await serve(PLAIN, credentials={"AKIDEXAMPLE": "right"})
    _, connection_id = await connected(target, clients)
    keys = {"aws_access_key_id": key_id, "aws_secret_access_key": secret}
    client = management_client(target.management_endpoint, keys)
    call = asyncio.to_thread(client.post_to_connection, ConnectionId=connection_id, Data=b"x")
    if status == 200:
        await call
    else:
        assert await refusal(call) == (403, "ForbiddenException")
    client.close()


@behaviour("A signature more than five minutes off the gateway's clock is 403", source="D reference_sigv")
async def test_clock_skew_is_403(serve: Serve, clients: Clients, clock: SteppedClock) -> None:
    keys = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "right"}
    target = await serve(PLAIN, credentials={"AKIDEXAMPLE": "right"}, clock=clock)
    _, connection_id = await connected(target, clients)
    client = management_client(target.management_endpoint, keys)
    call = asyncio.to_thread(client.post_to_connection, ConnectionId=connection_id, Data=b"x")
    assert await refusal(call) == (403, "ForbiddenException")
    client.close()


async def test_data_that_is_not_text_is_refused(target: Target, clients: Clients) -> None:
    _, connection_id = await connected(target, clients)
    with pytest.raises(ClientError) as refused:
        await post(target, connection_id, b"\xff")
    assert refused.value.response["Error"]["Code"] == "BadRequestException"


async def test_a_chunked_body_over_the_limit_is_413(target: Target) -> None:
    async def chunks() -> Any:
        for _ in range(5):
            yield b"x" * 32 * 1024

    url = f"{target.management_endpoint}/@connections/{quote(UNKNOWN)}"
    async with aiohttp.ClientSession(headers=SIGNED) as session, session.post(url, data=chunks()) as response:
        assert response.status == 413


async def test_management_under_a_mapping(serve: Serve, clients: Clients) -> None:
    target = await serve(PLAIN, mappings=("api/v1/ws",))
    client, connection_id = await connected(target, clients)
    target.management_endpoint = f"{target.http_origin}/api/v1/ws"
    await post(target, connection_id)
    assert await receive(client) == "hello"
