"""Integrations with services, HTTP servers and functions without proxy."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from local.gateway import BackendResponse, Integration, IntegrationKind, IntegrationResponse, Route
from tests.local.gateway.apis import TIMEOUT_MS, api, mock, route
from tests.local.gateway.behaviours import behaviour
from tests.local.gateway.service_caller import Services
from tests.local.gateway.target import close_without_code, post, receive

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.local.gateway.conftest import Serve
    from tests.local.gateway.functions import Functions
    from tests.local.gateway.target import Clients

pytestmark = pytest.mark.network

MAPPING_DOC = "D websocket-api-data-mapping"
TEMPLATE_DOC = "D websocket-api-data-transformations"
RESPONSE_DOC = "D apigateway-websocket-api-integration-responses"
SQS = "arn:aws:apigateway:eu-west-1:sqs:path/123456789012/orders"
DEFAULT = {"$default": IntegrationResponse()}


def custom(kind: str = "AWS", *, two_way: bool = True, **settings: Any) -> Route:
    settings = {"uri": SQS, "timeout_ms": TIMEOUT_MS, "responses": DEFAULT, **settings}
    integration = Integration(kind=IntegrationKind(kind), **settings)
    return Route(integration=integration, route_response=two_way)


def said(frame: Any) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(frame)
    return message


@pytest.fixture
def services() -> Services:
    return Services()


@pytest.fixture
def talk(serve: Serve, clients: Clients, services: Services) -> Callable[..., Awaitable[Any]]:
    """Serve one route as $default, send it one message, and give what comes back."""

    async def talk(default: Route, text: str = '{"text": "hi & bye"}', **settings: Any) -> Any:
        target = await serve(api({"$default": default}), services=services, **settings)
        client = await clients.connect(target)
        await client.send(text)
        return await receive(client)

    return talk


@behaviour("A service gets the rendered template, and the client its response", source=TEMPLATE_DOC)
async def test_service_by_path(talk: Any, services: Services) -> None:
    form = "Action=SendMessage&MessageBody=$util.urlEncode($input.json('$.text'))&By=$context.routeKey"
    answer = await talk(
        custom(
            request_templates={"$default": form},
            template_selection_expression="\\$default",
            request_parameters={
                "integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"
            },
        )
    )
    (call,) = services.calls
    assert (call.region, call.service, call.action, call.path) == (
        "eu-west-1",
        "sqs",
        None,
        "123456789012/orders",
    )
    assert call.request.body == b"Action=SendMessage&MessageBody=%22hi+%26+bye%22&By=$default"
    assert call.request.method == "POST"
    assert call.request.headers == {"Content-Type": "application/x-www-form-urlencoded"}
    assert answer == '{"MessageId": "m1"}'


@behaviour(
    "IntegrationUri names a service's action, or a path of it", source="D CreateIntegration: IntegrationUri"
)
async def test_service_by_action(talk: Any, services: Services) -> None:
    await talk(custom(uri="arn:aws:apigateway:us-east-1:dynamodb:action/PutItem"))
    (call,) = services.calls
    assert (call.service, call.action, call.path) == ("dynamodb", "PutItem", None)
    assert call.request.body == b'{"text": "hi & bye"}'


@behaviour(
    "A one-way route sends the service's response nowhere, and needs no integration response",
    source=RESPONSE_DOC,
)
async def test_one_way_service(serve: Serve, clients: Clients, services: Services) -> None:
    silent = custom(two_way=False, responses={})
    target = await serve(api({"silent": silent, "ping": mock(text="pong")}), services=services)
    client = await clients.connect(target)
    await client.send('{"action": "silent"}')
    await services.first_call()
    await client.send('{"action": "ping"}')
    assert await receive(client) == "pong"


async def test_what_a_one_way_service_refuses_is_told_in_the_log(
    serve: Serve, clients: Clients, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    services.answer = BackendResponse(400, b"no such queue")
    silent = custom(two_way=False, responses={})
    target = await serve(api({"silent": silent, "ping": mock(text="pong")}), services=services)
    client = await clients.connect(target)
    await client.send('{"action": "silent"}')
    await services.first_call()
    await client.send('{"action": "ping"}')
    assert await receive(client) == "pong"
    assert "route silent: answered 400: no such queue" in caplog.text


@pytest.mark.parametrize(
    ("status", "answer"),
    [(200, "fine: m1"), (201, "fine: m1"), (400, "refused"), (500, '{"MessageId": "m1"}')],
)
@behaviour(
    "Integration responses are chosen by the status, else `$default`; their template makes the answer",
    source=RESPONSE_DOC,
)
async def test_integration_responses(talk: Any, services: Services, status: int, answer: str) -> None:
    services.answer = BackendResponse(status, services.answer.body)
    responses = {
        "$default": IntegrationResponse(),
        "/2\\d\\d/": IntegrationResponse(templates={"$default": "fine: $input.path('$.MessageId')"}),
        "400": IntegrationResponse(templates={"application/json": "refused"}),
    }
    assert await talk(custom(responses=responses)) == answer


@behaviour(
    "A two-way route without an integration response that fits: the `Internal server error` frame",
    source="X repost: no match for output mapping",
)
async def test_no_integration_response(talk: Any) -> None:
    assert (
        said(await talk(custom(responses={"/4../": IntegrationResponse()})))["message"]
        == "Internal server error"
    )


@pytest.mark.parametrize(
    ("expression", "template"),
    [
        ("", "only"),
        ("\\$default", "default"),
        ("$default", "default"),
        ("request.body.kind", "default"),
        ("$request.body.kind", "blue"),
        ("${request.body.kind}-${request.body.size}", "blue and 2"),
        ("$request.body.other", "default"),
    ],
)
@behaviour(
    "Template selection expressions: constants, `${request.body.x}`, and `$default` for the rest",
    source=TEMPLATE_DOC,
)
async def test_template_selection(talk: Any, services: Services, expression: str, template: str) -> None:
    templates = {"$default": "default", "blue": "blue", "blue-2": "blue and 2"}
    chosen = {"anything": "only"} if not expression else templates
    await talk(
        custom(request_templates=chosen, template_selection_expression=expression),
        '{"kind": "blue", "size": 2}',
    )
    assert services.calls[0].request.body.decode() == template


@behaviour("Response templates can be selected by the response: status, header, body", source=TEMPLATE_DOC)
async def test_response_template_selection(talk: Any, services: Services) -> None:
    services.answer = BackendResponse(200, b'{"kind": "blue"}', {"X-Size": "2"})
    expression = "${integration.response.statuscode}/${integration.response.header.x-size}/$request.body.n"
    response = IntegrationResponse(
        templates={"200/2/7": "chosen for $input.path('$.kind')"}, template_selection_expression=expression
    )
    assert await talk(custom(responses={"$default": response}), '{"n": 7}') == "chosen for blue"


@pytest.mark.parametrize(
    ("passthrough", "templates", "passed"),
    [
        ("WHEN_NO_MATCH", {"other": "x"}, True),
        ("WHEN_NO_TEMPLATES", {}, True),
        ("WHEN_NO_TEMPLATES", {"other": "x"}, False),
        ("NEVER", {}, False),
    ],
)
@behaviour(
    "PassthroughBehavior says what goes on without a template: the message, or `Unsupported Media Type`",
    source="D CreateIntegration: PassthroughBehavior; [?] 0025: the frame's text",
)
async def test_passthrough(
    talk: Any, services: Services, passthrough: str, templates: dict[str, str], *, passed: bool
) -> None:
    answer = await talk(
        custom(passthrough=passthrough, request_templates=templates, template_selection_expression="none"),
        "as it is",
    )
    assert [call.request.body for call in services.calls] == ([b"as it is"] if passed else [])
    assert passed or said(answer)["message"] == "Unsupported Media Type"


@behaviour(
    "Request parameters come from the message, the context, stage variables and constants", source=MAPPING_DOC
)
async def test_request_parameters(serve: Serve, clients: Clients, services: Services) -> None:
    parameters = {
        "integration.request.header.X-Text": "route.request.body.a.b",
        "integration.request.header.X-Object": "route.request.body.a",
        "integration.request.header.X-Connection": "context.connectionId",
        "integration.request.header.X-Stage": "stageVariables.colour",
        "integration.request.querystring.fixed": "'1 2'",
        "integration.request.header.X-Nothing": "route.request.body.none",
    }
    routes = {"$default": custom(request_parameters=parameters)}
    target = await serve(api(routes, stage_variables={"colour": "red"}), services=services)
    client = await clients.connect(target)
    await client.send('{"a": {"b": "c"}}')
    await receive(client)
    request = services.calls[0].request
    assert len(request.headers.pop("X-Connection")) == 16  # type: ignore[attr-defined]  # a dict here
    assert request.headers == {
        "Content-Type": "application/json",
        "X-Text": "c",
        "X-Object": '{"b":"c"}',
        "X-Stage": "red",
    }
    assert request.query == [("fixed", "1 2")]


@behaviour(
    "On $connect a service gets headers and query by templates and parameters; its status is the handshake's",
    source=f"{MAPPING_DOC}; X serverless-patterns apigw-websocket-api-connection-dynamodb",
)
async def test_service_on_connect(serve: Serve, clients: Clients, services: Services) -> None:
    connect = custom(
        two_way=False,
        request_templates={"$default": '{"id": "$context.connectionId", "as": "$input.params(\'name\')"}'},
        request_parameters={"integration.request.header.X-Name": "route.request.querystring.name"},
        responses={"/200/": IntegrationResponse()},
    )
    target = await serve(api({"$connect": connect, "$default": route("default")}), services=services)
    await clients.connect(target, "?name=ann")
    request = services.calls[0].request
    assert (json.loads(request.body)["as"], request.headers["X-Name"]) == ("ann", "ann")
    services.answer = BackendResponse(403, b"")
    assert await clients.refused(target) == 500  # no integration response fits
    accepts_all = custom(two_way=False)
    second = await serve(api({"$connect": accepts_all}), services=services)
    assert await clients.refused(second) == 403


@behaviour("A response parameter of $connect selects the subprotocol", source=f"{MAPPING_DOC}; [?] 0025")
async def test_response_parameters(serve: Serve, clients: Clients, services: Services) -> None:
    response = IntegrationResponse(
        parameters={"route.response.header.Sec-WebSocket-Protocol": "integration.response.body.chosen"}
    )
    services.answer = BackendResponse(200, b'{"chosen": "v2"}')
    target = await serve(
        api({"$connect": custom(two_way=False, responses={"$default": response})}), services=services
    )
    client = await clients.connect(target, subprotocols=["v1", "v2"])
    assert client.subprotocol == "v2"


@behaviour(
    "$disconnect can call a service", source="X serverless-patterns apigw-websocket-api-connection-dynamodb"
)
async def test_service_on_disconnect(serve: Serve, clients: Clients, services: Services) -> None:
    template = {"$default": "$context.disconnectStatusCode $context.connectionId"}
    leave = custom(two_way=False, request_templates=template, responses={})
    target = await serve(api({"$disconnect": leave}), services=services)
    await close_without_code(await clients.connect(target))
    assert (await services.first_call()).request.body.startswith(b"1005 ")


@pytest.mark.parametrize(
    ("trouble", "message"),
    [
        ("unreachable", "Internal server error"),
        ("slow", "Endpoint request timed out"),
        ("template", "Internal server error"),
    ],
)
@behaviour(
    "A service that cannot be reached, is too slow, or whose template fails: an error frame",
    source="D services-apigateway-errors",
)
async def test_services_that_fail(talk: Any, services: Services, trouble: str, message: str) -> None:
    services.unreachable = trouble == "unreachable"
    services.held_back = asyncio.Event() if trouble == "slow" else None
    templates = {"$default": "$context.stage.nope()"} if trouble == "template" else {}
    assert said(await talk(custom(request_templates=templates)))["message"] == message


@behaviour(
    "Lambda without proxy: the template is the event, and what the function returns is the response",
    source=TEMPLATE_DOC,
)
async def test_function_without_proxy(talk: Any, functions: Functions) -> None:
    functions.returns("add", {"sum": 3})
    answer = await talk(
        custom(
            function="add",
            request_templates={
                "application/json": '{"a": $input.json(\'$.a\'), "who": "$context.eventType"}'
            },
            responses={"$default": IntegrationResponse(templates={"$default": "sum $input.path('$.sum')"})},
        ),
        '{"a": [1, 2]}',
    )
    assert functions.events("add") == [{"a": [1, 2], "who": "MESSAGE"}]
    assert answer == "sum 3"


@behaviour(
    "Lambda without proxy, asynchronously: X-Amz-Invocation-Type 'Event' hands the event to Lambda",
    source="D set-up-lambda-integration-async",
)
async def test_asynchronous_function(talk: Any, services: Services, functions: Functions) -> None:
    services.answer = BackendResponse(202, b"")
    accepted = IntegrationResponse(templates={"$default": "accepted"})
    answer = await talk(
        custom(
            function="arn:aws:lambda:eu-west-1:123456789012:function:add",
            request_templates={"$default": '{"a": 1}'},
            request_parameters={"integration.request.header.X-Amz-Invocation-Type": "'Event'"},
            responses={"/202/": accepted},
        )
    )
    (call,) = services.calls
    assert answer == "accepted"
    assert (call.service, call.path) == (
        "lambda",
        "2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:add/invocations",
    )
    assert call.request.headers["X-Amz-Invocation-Type"] == "Event"
    assert call.request.body == b'{"a": 1}'
    assert not functions.events("add")


@pytest.mark.parametrize(("error", "answer"), [("not found: x", "missing"), ("boom", "broken: boom")])
@behaviour("A function's errors choose the integration response by their errorMessage", source=TEMPLATE_DOC)
async def test_function_errors(talk: Any, functions: Functions, error: str, answer: str) -> None:
    functions.raises("add", error)
    broken = IntegrationResponse(templates={"$default": "broken: $input.path('$.errorMessage')"})
    responses = {"/not found.*/": IntegrationResponse(templates={"$default": "missing"}), "$default": broken}
    assert await talk(custom(function="add", responses=responses)) == answer


@pytest.fixture
async def server() -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """A web server of this machine: its address, and what it was asked."""
    asked: list[dict[str, Any]] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        body = await request.text()
        asked.append(
            {"method": request.method, "headers": request.headers, "query": dict(request.query), "body": body}
        )
        if request.path == "/binary":
            return web.Response(body=b"\xff\x00")
        if request.path == "/moved":
            raise web.HTTPFound("http://198.51.100.1/")
        return web.json_response({"path": request.path, "said": body}, status=200 if body != "bad" else 418)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}", asked
    await runner.cleanup()


@behaviour(
    "HTTP: the template makes the request's body, integration responses the answer", source=RESPONSE_DOC
)
async def test_http(talk: Any, server: tuple[str, list[dict[str, Any]]]) -> None:
    address, asked = server
    answer = await talk(
        custom(
            "HTTP",
            uri=f"{address}/${{stageVariables.none}}orders",
            method="PUT",
            request_templates={"$default": "order by $context.connectionId"},
            request_parameters={"integration.request.querystring.n": "'1'"},
            responses={"/200/": IntegrationResponse(templates={"$default": "to $input.path('$.path')"})},
        )
    )
    assert answer == "to /orders"
    assert (asked[0]["method"], asked[0]["query"]) == ("PUT", {"n": "1"})
    assert asked[0]["body"].startswith("order by ")


@behaviour(
    "HTTP_PROXY passes the message and the answer's body through", source="D websocket integration types"
)
async def test_http_proxy(serve: Serve, clients: Clients, server: tuple[str, list[dict[str, Any]]]) -> None:
    address, asked = server
    proxy = custom("HTTP_PROXY", uri=f"{address}/hook", responses={})
    target = await serve(api({"$connect": proxy, "$default": proxy}))
    client = await clients.connect(target, "?token=t", additional_headers={"X-Tenant": "7"})
    await client.send("hello")
    assert said(await receive(client)) == {"path": "/hook", "said": "hello"}
    handshake, message = asked
    assert (handshake["query"], handshake["headers"]["X-Tenant"]) == ({"token": "t"}, "7")
    assert "Upgrade" not in handshake["headers"]
    assert message["body"] == "hello"


@behaviour(
    "A binary response reaches the client as base64", source="D websocket-api-develop-binary-media-types"
)
async def test_binary_responses(talk: Any, server: tuple[str, list[dict[str, Any]]]) -> None:
    assert await talk(custom("HTTP", uri=f"{server[0]}/binary")) == "/wA="


@behaviour(
    "CONVERT_TO_BINARY decodes a base64 message for its integration",
    source="D websocket-api-develop-binary-media-types",
)
async def test_content_handling(talk: Any, services: Services) -> None:
    await talk(custom(content_handling="CONVERT_TO_BINARY"), "/wA=")
    assert services.calls[0].request.body == b"\xff\x00"


async def test_redirects_are_not_followed(talk: Any, server: tuple[str, list[dict[str, Any]]]) -> None:
    chosen = {"/302/": IntegrationResponse(templates={"$default": "moved"})}
    assert await talk(custom("HTTP", uri=f"{server[0]}/moved", responses=chosen)) == "moved"


async def test_a_server_that_is_gone_is_an_error_frame(
    talk: Any, server: tuple[str, list[dict[str, Any]]]
) -> None:
    gone = server[0].rpartition(":")[0] + ":1"
    assert said(await talk(custom("HTTP_PROXY", uri=gone)))["message"] == "Internal server error"


@behaviour(
    "A MOCK integration's templates are evaluated for each message",
    source="D apigateway-websocket-api-mock-integration",
)
async def test_mock_with_variables(talk: Any) -> None:
    response = IntegrationResponse(templates={"$default": '{"you": "$context.identity.sourceIp"}'})
    echo = custom(
        "MOCK",
        request_templates={"$default": '{"statusCode": $input.path("$.status")}'},
        responses={"/4../": IntegrationResponse(templates={"$default": "refused"}), "$default": response},
    )
    assert said(await talk(echo, '{"status": 200}')) == {"you": "127.0.0.1"}
    assert await talk(echo, '{"status": 404}') == "refused"


@behaviour(
    "An answer of more than 128 KB: the `Internal server error` frame",
    source="D apigateway-execution-service-websocket-limits-table; [?] 0025",
)
async def test_answers_over_the_quota(talk: Any, services: Services, functions: Functions) -> None:
    for size, fits in ((128 * 1024, True), (128 * 1024 + 1, False)):
        services.answer = BackendResponse(200, b"x" * size)
        functions.returns("big", {"statusCode": 200, "body": "x" * size})
        for answered in (custom(), route("big", route_response=True)):
            answer = await talk(answered)
            assert len(answer) == size if fits else said(answer)["message"] == "Internal server error"


async def test_a_service_integration_may_post_to_its_own_connection(
    serve: Serve, clients: Clients, services: Services
) -> None:
    target = await serve(api({"$default": custom()}), services=services)
    client = await clients.connect(target)
    await client.send("{}")
    await receive(client)
    connection_id = target.gateway.connections()[0].id  # type: ignore[attr-defined]  # ours
    await post(target, connection_id, b"later")
    assert await receive(client) == "later"
