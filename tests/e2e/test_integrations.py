"""Templates with service and HTTP integrations, run as they are."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from aiohttp import web
from websockets.asyncio.client import ClientConnection, connect

from tests.e2e.system import System

pytestmark = pytest.mark.network

SHAPES = Path(__file__).parent / "shapes"
WITHIN_SECONDS = 30


async def answer(socket: ClientConnection, **message: Any) -> Any:
    await socket.send(json.dumps(message))
    return await asyncio.wait_for(socket.recv(), WITHIN_SECONDS)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[System]:
    started = System.start(tmp_path, str(SHAPES / "services/template.yaml"))
    yield started
    assert started.stop() == 0
    assert "Traceback" not in started.log.read_text()


def client_of(system: System, service: str) -> Any:
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    made: Any = session.client(service, endpoint_url=system.aws)  # type: ignore[call-overload]  # any name
    return made


async def bodies(system: System, count: int) -> list[Any]:
    """Of the messages in the template's queue."""
    url = system.sqs.list_queues()["QueueUrls"][0]
    found: list[Any] = []
    async with asyncio.timeout(WITHIN_SECONDS):
        while len(found) < count:
            received = await asyncio.to_thread(
                system.sqs.receive_message, QueueUrl=url, WaitTimeSeconds=1, MessageAttributeNames=["All"]
            )
            found += received.get("Messages", [])
    return found


async def test_each_service_integration(services: System) -> None:
    async with connect(f"{services.stage_url}?name=ann") as socket:
        assert json.loads(await answer(socket, action="who")) == ["ann"]
        assert await answer(socket, action="greet", name="Ann") == '{"said": "hello Ann"}'
        assert await answer(socket, action="add", numbers=[1, 2]) == "sum: 3"
        assert await answer(socket, action="add", numbers=[]) == "error: nothing to add"
        assert await answer(socket, action="other") == "$default"
        assert await answer(socket, action="sell", item={"name": "it's"}) == "0"
        assert "shardId" in await answer(socket, action="click", x=1)
        await socket.send('{"action": "order", "order": {"of": "tea & milk"}}')
        await socket.send('{"action": "tell", "news": "rain"}')
        messages = await bodies(services, 3)
        assert json.loads(await answer(socket, action="who")) == ["ann"]
    texts = {message["Body"] for message in messages}
    assert {'{"of":"tea & milk"}', "rain"} <= texts
    [event] = [json.loads(text) for text in texts if '"sold"' in text]
    assert (event["source"], event["detail"]) == ("shop", {"name": "it's"})
    [order] = [message for message in messages if "tea" in message["Body"]]
    assert len(order["MessageAttributes"]["connectionId"]["StringValue"]) == 16
    table = services.dynamodb.list_tables()["TableNames"][0]
    await until(lambda: not services.dynamodb.scan(TableName=table)["Items"])
    assert _clicks(services) == [{"action": "click", "x": 1}]
    await until(lambda: "read rain arn:aws:sns" in services.log.read_text())


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_SECONDS):
        while True:
            if await asyncio.to_thread(holds):
                return
            await asyncio.sleep(0.1)


def _clicks(services: System) -> list[Any]:
    kinesis = client_of(services, "kinesis")
    stream = kinesis.list_streams()["StreamNames"][0]
    shard = kinesis.list_shards(StreamName=stream)["Shards"][0]["ShardId"]
    start = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = kinesis.get_records(ShardIterator=start["ShardIterator"])["Records"]
    kinesis.close()
    return [json.loads(record["Data"]) for record in records]


@pytest.fixture
async def hook() -> AsyncIterator[tuple[int, list[Any]]]:
    asked: list[Any] = []

    async def say(request: web.Request) -> web.Response:
        body = await request.text()
        asked.append(
            {"path": request.path, "query": dict(request.query), "headers": request.headers, "body": body}
        )
        status = 400 if "bad" in body else 200
        return web.json_response({"method": request.method, "body": body}, status=status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", say)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1], asked
    await runner.cleanup()


async def test_http_integrations_and_a_mapping_of_the_template(
    tmp_path: Path, hook: tuple[int, list[Any]]
) -> None:
    port, asked = hook
    template = str(SHAPES / "hooks/template.yaml")
    system = await asyncio.to_thread(
        System.start, tmp_path, template, "--parameter", f"Port={port}", "--mapping", "/"
    )
    try:
        async with connect(f"{system.gateway.replace('http', 'ws')}/chat?token=t") as socket:
            assert json.loads(await answer(socket, say="hi")) == {"method": "POST", "body": '{"say": "hi"}'}
            assert await answer(socket, action="paint", kind="red", text="x") == "PUT red x"
            assert await answer(socket, action="paint", text="y") == "PUT any y"
            assert await answer(socket, action="paint", text="bad") == "refused"
        async with connect(f"{system.gateway.replace('http', 'ws')}/") as socket:
            assert json.loads(await answer(socket, n=1))["body"] == '{"n": 1}'
        assert asked[0]["query"] == {"token": "t"}
        assert len(base64.urlsafe_b64decode(asked[1]["headers"]["connectionId"])) == 11
    finally:
        await asyncio.to_thread(system.stop)
