"""What reaches a service for an integration's call, by the protocol that the service speaks."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from aiohttp import web

from local.cloud.service_calls import ServiceCalls
from local.gateway import BackendRequest, ServiceCall

pytestmark = pytest.mark.network

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def call(service: str, *, action: str | None = None, path: str | None = None, **request: Any) -> ServiceCall:
    asked = {"method": "POST", "headers": {"Content-Type": "application/json"}, "query": [], "body": b"{}"}
    return ServiceCall("us-east-1", service, action, path, BackendRequest(**(asked | request)))


@pytest.fixture
async def service() -> AsyncIterator[tuple[ServiceCalls, list[Any]]]:
    """A server that stands for AWS, and what it was asked."""
    asked: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(
            (request.method, request.path, request.headers, dict(request.query), await request.text())
        )
        return web.Response(status=202, text="done", headers={"X-Service": "yes"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with ServiceCalls(f"http://127.0.0.1:{runner.addresses[0][1]}") as calls:
        yield calls, asked
    await runner.cleanup()


@pytest.mark.parametrize(
    ("name", "action", "target"),
    [
        ("dynamodb", "PutItem", "DynamoDB_20120810.PutItem"),
        ("states", "StartExecution", "AWSStepFunctions.StartExecution"),
        ("events", "PutEvents", "AWSEvents.PutEvents"),
        ("kinesis", "PutRecord", "Kinesis_20131202.PutRecord"),
        ("sqs", "SendMessage", "AmazonSQS.SendMessage"),
    ],
)
async def test_an_action_of_a_json_service_is_a_header(
    service: tuple[ServiceCalls, list[Any]], name: str, action: str, target: str
) -> None:
    calls, asked = service
    response = await calls.call(call(name, action=action, body=b'{"a": 1}'))
    [(method, path, headers, _, body)] = asked
    assert (method, path, body) == ("POST", "/", '{"a": 1}')
    assert headers["X-Amz-Target"] == target
    assert headers["Content-Type"].startswith("application/x-amz-json-1.")
    assert f"/us-east-1/{name}/aws4_request" in headers["Authorization"]
    assert (response.status, response.text(), response.header("x-service")) == (202, "done", "yes")


async def test_a_target_that_the_integration_sets_stays(service: tuple[ServiceCalls, list[Any]]) -> None:
    calls, asked = service
    headers = {"content-type": "application/json", "x-amz-target": "AWSEvents.PutEvents"}
    await calls.call(call("events", action="PutEvents", headers=headers))
    assert asked[0][2].getall("X-Amz-Target") == ["AWSEvents.PutEvents"]


@pytest.mark.parametrize(
    ("request_", "fields"),
    [
        pytest.param({"headers": FORM, "body": b"Message=a+b"}, {"Message": "a b"}, id="form"),
        pytest.param({"headers": FORM, "body": b"Action=Publish&Message=x"}, {"Message": "x"}, id="named"),
        pytest.param({"query": [("Message", "a b")], "body": b"ignored"}, {"Message": "a b"}, id="query"),
    ],
)
async def test_an_action_of_a_query_service_is_a_field(
    service: tuple[ServiceCalls, list[Any]], request_: dict[str, Any], fields: dict[str, str]
) -> None:
    calls, asked = service
    await calls.call(call("sns", action="Publish", **request_))
    [(_, path, headers, query, body)] = asked
    assert (path, query) == ("/", {})
    assert dict(parse_qsl(body)) == {"Action": "Publish", "Version": "2010-03-31", **fields}
    assert headers["Content-Type"].startswith(FORM["Content-Type"])


async def test_a_form_may_go_to_a_service_that_prefers_json(service: tuple[ServiceCalls, list[Any]]) -> None:
    calls, asked = service
    await calls.call(call("sqs", action="SendMessage", headers=FORM, body=b"MessageBody=x"))
    assert "X-Amz-Target" not in asked[0][2]
    assert dict(parse_qsl(asked[0][4]))["Action"] == "SendMessage"


async def test_a_path_goes_out_as_it_is(service: tuple[ServiceCalls, list[Any]]) -> None:
    calls, asked = service
    sent = call(
        "sqs", path="123456789012/orders", headers=FORM, query=[("a", "b c")], body=b"Action=SendMessage"
    )
    await calls.call(sent)
    [(_, path, headers, query, body)] = asked
    assert (path, query, body) == ("/123456789012/orders", {"a": "b c"}, "Action=SendMessage")
    assert "X-Amz-Target" not in headers


async def test_a_service_that_nobody_knows_cannot_be_reached(
    service: tuple[ServiceCalls, list[Any]],
) -> None:
    with pytest.raises(OSError, match="knows no service teapot"):
        await service[0].call(call("teapot", action="Brew"))
