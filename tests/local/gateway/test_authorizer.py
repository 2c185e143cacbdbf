"""Lambda authorizers"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from local.gateway import Authorizer, GatewayLimits
from tests.local.gateway.apis import AUTHORIZED, TIMEOUT_MS, api, route
from tests.local.gateway.behaviours import behaviour
from tests.local.gateway.target import close_without_code

if TYPE_CHECKING:
    from tests.local.gateway.conftest import Serve
    from tests.local.gateway.functions import Functions
    from tests.local.gateway.target import Clients, Target

pytestmark = pytest.mark.network

DOC = "D apigateway-websocket-api-lambda-auth"
SAMPLE = "F powertools apiGatewayAuthorizerWebSocketEvent.json"


def policy(resource: str | list[str], effect: str = "Allow", **more: Any) -> dict[str, Any]:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {
        "principalId": "user-1",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        **more,
    }


def allow(event: dict[str, Any], **more: Any) -> dict[str, Any]:
    return policy(event["methodArn"], **more)


@pytest.fixture
async def guarded(serve: Serve, functions: Functions) -> Target:
    functions.on("authorizer", allow)
    return await serve(AUTHORIZED)


@pytest.mark.parametrize("query", ["", "?other=1", "?token="], ids=["no-query", "other-name", "empty"])
@behaviour("A missing or empty identity source is 401, and the authorizer is not invoked", source=DOC)
async def test_missing_identity_is_401(guarded: Target, clients: Clients, query: str) -> None:
    assert await clients.refused(guarded, query) == 401
    assert not guarded.functions.events("authorizer")
    assert not guarded.functions.events("connect")


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("route.request.header.X-Token", 101),
        ("$request.header.x-token", 401),
        ("route.request.header.Missing", 401),
        ("stageVariables.tenant", 101),
        ("stageVariables.missing", 401),
        ("context.identity.sourceIp", 101),
        ("context.missing", 401),
    ],
)
@behaviour("Identity sources are headers, query, context and stage variables", source=DOC)
async def test_identity_sources(
    serve: Serve, clients: Clients, functions: Functions, source: str, status: int
) -> None:
    guarded = api(
        {"$connect": route("connect", authorizer="auth")},
        authorizers={"auth": Authorizer(function="authorizer", identity_sources=(source,))},
        stage_variables={"tenant": "blue"},
    )
    functions.on("authorizer", allow)
    target = await serve(guarded, limits=GatewayLimits())
    headers = {"x-token": "secret"}
    if status == 401:
        assert await clients.refused(target, additional_headers=headers) == 401
    else:
        await clients.connect(target, additional_headers=headers)


@behaviour("An authorizer raising `Unauthorized` is 401", source=DOC)
async def test_unauthorized_is_401(guarded: Target, clients: Clients) -> None:
    guarded.functions.raises("authorizer", "Unauthorized")
    assert await clients.refused(guarded, "?token=x") == 401


@behaviour("An authorizer raising anything else is 500", source="X serverless/examples #557")
async def test_other_exception_is_500(guarded: Target, clients: Clients) -> None:
    guarded.functions.raises("authorizer", "database unreachable")
    assert await clients.refused(guarded, "?token=x") == 500


@behaviour("An authorizer that times out is 500", source="X serverless/examples #557")
async def test_authorizer_timeout_is_500(guarded: Target, clients: Clients) -> None:
    guarded.functions.on("authorizer", lambda _event: asyncio.sleep(TIMEOUT_MS / 1000 + 2))
    assert await clients.refused(guarded, "?token=x") == 500


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"statusCode": 401}, id="proxy-answer"),
        pytest.param({"isAuthorized": True}, id="simple-response"),
        pytest.param(None, id="nothing"),
        pytest.param({"principalId": "u", "policyDocument": {"Statement": []}}, id="empty-policy"),
        pytest.param({"policyDocument": policy("*")["policyDocument"]}, id="no-principal"),
        pytest.param(policy("*", context={"roles": ["a"]}), id="nested-context"),
        pytest.param(policy("*", context={"blob": "x" * 8192}), id="over-8-kb"),
    ],
)
@behaviour("An answer that is no valid policy is 500 (simple responses are for HTTP APIs)", source=DOC)
async def test_invalid_result_is_500(guarded: Target, clients: Clients, answer: Any) -> None:
    guarded.functions.returns("authorizer", answer)
    assert await clients.refused(guarded, "?token=x") == 500
    assert not guarded.functions.events("connect")


@behaviour("Deny is 403 and $connect is not invoked", source=DOC)
async def test_deny_is_403(guarded: Target, clients: Clients) -> None:
    guarded.functions.on("authorizer", lambda event: policy(event["methodArn"], "Deny"))
    assert await clients.refused(guarded, "?token=x") == 403
    assert not guarded.functions.events("connect")


@pytest.mark.parametrize(
    "suffix", ["/dev/*/*", "/prod/$connect", "/dev/$disconnect"], ids=["http-routes", "stage", "route"]
)
@behaviour(
    "A policy whose resource does not match `…/stage/$connect` is 403", source="X powertools-python #5800"
)
async def test_policy_that_does_not_match_is_403(guarded: Target, clients: Clients, suffix: str) -> None:
    guarded.functions.on("authorizer", lambda event: policy(event["methodArn"].partition("/")[0] + suffix))
    assert await clients.refused(guarded, "?token=x") == 403


@pytest.mark.parametrize("suffix", ["/dev/$connect", "/dev/*", "/*", "/???/$c*"])
@behaviour("Wildcards in the policy's resource match as IAM's do", source="D IAM policy elements: resource")
async def test_wildcards_match(guarded: Target, clients: Clients, suffix: str) -> None:
    guarded.functions.on("authorizer", lambda event: policy(event["methodArn"].partition("/")[0] + suffix))
    await clients.connect(guarded, "?token=x")


@behaviour("The authorizer's event: type, methodArn, and maps that are there even when empty", source=SAMPLE)
async def test_authorizer_event(guarded: Target, clients: Clients) -> None:
    await clients.connect(guarded, "?token=x")
    event = await guarded.functions.event("authorizer")
    assert set(event) == {
        "type", "methodArn", "headers", "multiValueHeaders", "queryStringParameters",
        "multiValueQueryStringParameters", "stageVariables", "requestContext",
    }  # fmt: skip
    assert event["type"] == "REQUEST"
    assert event["stageVariables"] == {}
    assert event["queryStringParameters"] == {"token": "x"}


@behaviour("methodArn is arn:aws:execute-api:region:account:api/stage/$connect", source=DOC)
async def test_method_arn(guarded: Target, clients: Clients) -> None:
    await clients.connect(guarded, "?token=x")
    event = await guarded.functions.event("authorizer")
    assert event["methodArn"] == "arn:aws:execute-api:eu-west-1:123456789012:nn27okk1we/dev/$connect"


@behaviour("The authorizer sees Connection, Upgrade and content-length", source=SAMPLE)
async def test_authorizer_sees_hop_headers(guarded: Target, clients: Clients) -> None:
    await clients.connect(guarded, "?token=x")
    event = await guarded.functions.event("authorizer")
    assert {"connection", "upgrade", "content-length"} <= {name.lower() for name in event["headers"]}


@behaviour("The authorizer sees the connectionId the connection will have", source="X LocalStack #8893")
async def test_authorizer_sees_the_connection_id(guarded: Target, clients: Clients) -> None:
    await clients.connect(guarded, "?token=x")
    authorizer = await guarded.functions.event("authorizer")
    connect = await guarded.functions.event("connect")
    assert authorizer["requestContext"]["connectionId"] == connect["requestContext"]["connectionId"]


@behaviour("CONNECT carries principalId, the context as strings, and integrationLatency", source="F; " + DOC)
async def test_context_on_connect(guarded: Target, clients: Clients) -> None:
    guarded.functions.on(
        "authorizer", lambda event: allow(event, context={"n": 1, "ok": True, "name": "Ada"})
    )
    await clients.connect(guarded, "?token=x")
    authorizer = (await guarded.functions.event("connect"))["requestContext"]["authorizer"]
    assert isinstance(authorizer.pop("integrationLatency"), int)
    assert authorizer == {"principalId": "user-1", "n": "1", "ok": "true", "name": "Ada"}


@behaviour(
    "MESSAGE and DISCONNECT carry principalId and context", source="X boto3 #3789; quantummaid validator"
)
async def test_context_on_message_and_disconnect(guarded: Target, clients: Clients) -> None:
    guarded.functions.on("authorizer", lambda event: allow(event, context={"name": "Ada"}))
    client = await clients.connect(guarded, "?token=x")
    await client.send('{"action": "silent"}')
    message = await guarded.functions.event("silent")
    await close_without_code(client)
    disconnect = await guarded.functions.event("disconnect")
    for event in (message, disconnect):
        assert event["requestContext"]["authorizer"] == {"principalId": "user-1", "name": "Ada"}
        assert "sourceIp" in event["requestContext"]["identity"]


@behaviour("The authorizer runs once a connection, for the handshake alone", source="X LocalStack #10059")
async def test_authorizer_runs_once(guarded: Target, clients: Clients) -> None:
    client = await clients.connect(guarded, "?token=x")
    await client.send('{"action": "silent"}')
    await guarded.functions.event("silent")
    await close_without_code(client)
    await guarded.functions.event("disconnect")
    assert len(guarded.functions.events("authorizer")) == 1
