"""Events"""

from __future__ import annotations

import re
from calendar import timegm
from time import strptime
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.utilities.parser.models import (
    APIGatewayWebSocketConnectEventModel,
    APIGatewayWebSocketDisconnectEventModel,
    APIGatewayWebSocketMessageEventModel,
)

from tests.local.gateway.apis import PLAIN, api, route
from tests.local.gateway.behaviours import behaviour
from tests.local.gateway.target import close_without_code

if TYPE_CHECKING:
    from tests.local.gateway.conftest import Serve
    from tests.local.gateway.functions import Functions
    from tests.local.gateway.target import Clients, Target

pytestmark = pytest.mark.network

ID = re.compile(r"[A-Za-z0-9_-]{14}[AEIMQUYcgkosw048]=")
CONTEXT = {
    "routeKey", "eventType", "extendedRequestId", "requestTime", "messageDirection", "stage", "connectedAt",
    "requestTimeEpoch", "identity", "requestId", "domainName", "connectionId", "apiId",
}  # fmt: skip
CONNECT_SAMPLE = "F powertools apiGatewayWebSocketApiConnect.json"
MESSAGE_SAMPLE = "F powertools apiGatewayWebSocketApiMessage.json"
DISCONNECT_SAMPLE = "F powertools apiGatewayWebSocketApiDisconnect.json"


@pytest.fixture
async def life(target: Target, clients: Clients) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The three events of one short connection: CONNECT, MESSAGE, DISCONNECT."""
    client = await clients.connect(
        target, "?token=x", user_agent_header="Mozilla/5.0", origin="https://a.example"
    )
    await client.send('{"action": "silent", "n": 1}')
    message = await target.functions.event("silent")
    await close_without_code(client)
    disconnect = await target.functions.event("disconnect")
    return target.functions.events("connect")[0], message, disconnect


@behaviour("CONNECT has headers, query and context, and neither body, path nor method", source=CONNECT_SAMPLE)
def test_connect_event_has_the_captured_keys(life: Any) -> None:
    connect, _, _ = life
    assert set(connect) == {
        "headers", "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters",
        "requestContext", "isBase64Encoded",
    }  # fmt: skip
    assert connect["isBase64Encoded"] is False


@behaviour("CONNECT's context has the 13 captured fields", source=CONNECT_SAMPLE)
def test_connect_context_has_the_captured_keys(life: Any) -> None:
    connect, _, _ = life
    context = connect["requestContext"]
    assert set(context) == CONTEXT
    assert (context["routeKey"], context["eventType"], context["messageDirection"]) == (
        "$connect",
        "CONNECT",
        "IN",
    )


@behaviour("The context names the API and the stage", source=CONNECT_SAMPLE)
def test_context_names_api_and_stage(life: Any) -> None:
    for event in life:
        assert event["requestContext"]["stage"] == PLAIN.stage_name
        assert event["requestContext"]["apiId"] == PLAIN.api_id


@behaviour("Header names keep the case the client sent", source=CONNECT_SAMPLE)
async def test_header_case_is_kept(target: Target, clients: Clients) -> None:
    await clients.connect(target, additional_headers={"x-LOWER-upper": "1"})
    connect = await target.functions.event("connect")
    assert connect["headers"]["x-LOWER-upper"] == "1"
    assert connect["multiValueHeaders"]["x-LOWER-upper"] == ["1"]


@behaviour("Connection, Upgrade and content-length are stripped from CONNECT", source=CONNECT_SAMPLE)
def test_hop_headers_are_stripped_from_connect(life: Any) -> None:
    connect, _, _ = life
    names = {name.lower() for name in connect["headers"]} | {
        name.lower() for name in connect["multiValueHeaders"]
    }
    assert not names & {"connection", "upgrade", "content-length"}
    assert {"host", "origin", "sec-websocket-key", "sec-websocket-version"} <= names


@behaviour("The front end adds X-Forwarded-For, -Port, -Proto and X-Amzn-Trace-Id", source=CONNECT_SAMPLE)
def test_forwarding_headers_are_added(life: Any) -> None:
    connect, _, _ = life
    headers = connect["headers"]
    assert headers["X-Forwarded-For"] == connect["requestContext"]["identity"]["sourceIp"]
    assert {"X-Forwarded-Port", "X-Forwarded-Proto"} <= set(headers)
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", headers["X-Amzn-Trace-Id"])


@behaviour("Query keys are absent when there is no query string", source=CONNECT_SAMPLE)
async def test_query_keys_are_absent_without_a_query(target: Target, clients: Clients) -> None:
    await clients.connect(target)
    connect = await target.functions.event("connect")
    assert "queryStringParameters" not in connect
    assert "multiValueQueryStringParameters" not in connect


@behaviour("A repeated query parameter: the last value alone, and all of them in the multi-value map",
           source="D set-up-lambda-proxy-integrations")  # fmt: skip
async def test_repeated_query_parameters(target: Target, clients: Clients) -> None:
    await clients.connect(target, "?a=1&a=two%20words&b=")
    connect = await target.functions.event("connect")
    assert connect["queryStringParameters"] == {"a": "two words", "b": ""}
    assert connect["multiValueQueryStringParameters"] == {"a": ["1", "two words"], "b": [""]}


@behaviour("Ids are 11 bytes in URL-safe base64: 15 characters and a `=`", source="F all three captures")
def test_ids_are_url_safe_base64_of_11_bytes(life: Any) -> None:
    for event in life:
        context = event["requestContext"]
        assert ID.fullmatch(context["connectionId"])
        assert ID.fullmatch(context["requestId"])
    assert ID.fullmatch(life[1]["requestContext"]["messageId"])


@behaviour(
    "requestId equals extendedRequestId, and is new with each event", source="D mapping-template-reference"
)
def test_request_ids(life: Any) -> None:
    for event in life:
        assert event["requestContext"]["requestId"] == event["requestContext"]["extendedRequestId"]
    assert len({event["requestContext"]["requestId"] for event in life}) == 3


@behaviour("requestTime is CLF and tells the second of requestTimeEpoch", source=CONNECT_SAMPLE)
def test_request_time_is_clf(life: Any) -> None:
    for event in life:
        context = event["requestContext"]
        at = timegm(strptime(context["requestTime"], "%d/%b/%Y:%H:%M:%S +0000"))
        assert at == context["requestTimeEpoch"] // 1000


@behaviour("connectedAt is constant and never after requestTimeEpoch", source="F all three captures")
def test_connected_at_is_constant(life: Any) -> None:
    assert len({event["requestContext"]["connectedAt"] for event in life}) == 1
    assert all(
        event["requestContext"]["connectedAt"] <= event["requestContext"]["requestTimeEpoch"]
        for event in life
    )


@behaviour("identity holds sourceIp and userAgent, on all three events", source=CONNECT_SAMPLE)
def test_identity(life: Any) -> None:
    for event in life:
        assert event["requestContext"]["identity"] == {"userAgent": "Mozilla/5.0", "sourceIp": "127.0.0.1"}


@behaviour("userAgent is absent from identity when the client sent none", source=MESSAGE_SAMPLE)
async def test_identity_without_user_agent(target: Target, clients: Clients) -> None:
    await clients.connect(target, user_agent_header=None)
    connect = await target.functions.event("connect")
    assert set(connect["requestContext"]["identity"]) == {"sourceIp"}


@behaviour("domainName is the host the client used", source=CONNECT_SAMPLE)
def test_domain_name_is_the_host_header(life: Any) -> None:
    connect, message, disconnect = life
    host = next(value for name, value in connect["headers"].items() if name.lower() == "host")
    assert {event["requestContext"]["domainName"] for event in (connect, message, disconnect)} == {host}


@behaviour("MESSAGE has no headers and no query: body, context, isBase64Encoded", source=MESSAGE_SAMPLE)
def test_message_event_has_the_captured_keys(life: Any) -> None:
    _, message, _ = life
    assert set(message) == {"requestContext", "body", "isBase64Encoded"}
    assert message["body"] == '{"action": "silent", "n": 1}'


@behaviour("MESSAGE's context is CONNECT's and a messageId", source=MESSAGE_SAMPLE)
def test_message_context_has_the_captured_keys(life: Any) -> None:
    _, message, _ = life
    assert set(message["requestContext"]) == CONTEXT | {"messageId"}
    assert message["requestContext"]["messageId"] != message["requestContext"]["requestId"]
    assert message["requestContext"]["eventType"] == "MESSAGE"


@behaviour("DISCONNECT has exactly the four synthetic headers", source=DISCONNECT_SAMPLE)
def test_disconnect_headers(life: Any) -> None:
    _, _, disconnect = life
    host = disconnect["requestContext"]["domainName"]
    assert disconnect["headers"] == {"Host": host, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    assert disconnect["multiValueHeaders"] == {
        "Host": [host], "x-api-key": [""], "X-Forwarded-For": [""], "x-restapi": [""],
    }  # fmt: skip


@behaviour("DISCONNECT has no query and no body", source=DISCONNECT_SAMPLE)
def test_disconnect_event_has_the_captured_keys(life: Any) -> None:
    _, _, disconnect = life
    assert set(disconnect) == {"headers", "multiValueHeaders", "requestContext", "isBase64Encoded"}


@behaviour("DISCONNECT's context adds disconnectStatusCode and disconnectReason, and has no messageId",
           source=DISCONNECT_SAMPLE)  # fmt: skip
def test_disconnect_context_has_the_captured_keys(life: Any) -> None:
    _, _, disconnect = life
    assert set(disconnect["requestContext"]) == CONTEXT | {"disconnectStatusCode", "disconnectReason"}
    assert disconnect["requestContext"]["routeKey"] == "$disconnect"


@pytest.mark.parametrize(
    ("position", "model"),
    [
        pytest.param(0, APIGatewayWebSocketConnectEventModel, id="connect"),
        pytest.param(1, APIGatewayWebSocketMessageEventModel, id="message"),
        pytest.param(2, APIGatewayWebSocketDisconnectEventModel, id="disconnect"),
    ],
)
@behaviour("Powertools' event models accept every event", source="S powertools parser models")
def test_powertools_accepts_the_event(life: Any, position: int, model: Any) -> None:
    assert model.model_validate(life[position])


@behaviour("stageVariables are in the events of a stage that has some, else absent", source="[?] 0020")
async def test_stage_variables(serve: Serve, clients: Clients, functions: Functions) -> None:
    target = await serve(api({"$connect": route("connect")}, stage_variables={"table": "blue"}))
    await clients.connect(target)
    assert functions.events("connect")[0]["stageVariables"] == {"table": "blue"}
