"""Three public shapes of WebSocket applications, each run as it is and driven by a real client."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from tests.e2e.system import System

pytestmark = pytest.mark.network

SHAPES = Path(__file__).parent / "shapes"


async def hear(socket: ClientConnection) -> Any:
    return json.loads(await asyncio.wait_for(socket.recv(), 30))


async def refused(url: str, **options: Any) -> int:
    with pytest.raises(InvalidStatus) as refusal:
        await connect(url, **options)
    return refusal.value.response.status_code


@pytest.fixture
def shape(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[System]:
    started = System.start(tmp_path, str(SHAPES / request.param))
    yield started
    assert started.stop() == 0
    assert "Traceback" not in started.log.read_text()


@pytest.mark.parametrize("shape", ["chat/template.yaml"], indirect=True)
async def test_a_chat_with_custom_routes_a_table_and_an_authorizer(shape: System) -> None:
    assert shape.stage_url.endswith("/prod")
    assert await refused(shape.stage_url) == 401
    assert await refused(f"{shape.stage_url}?name=mallory") == 403
    async with connect(f"{shape.stage_url}?name=ann") as ann:
        async with connect(f"{shape.stage_url}?name=bob") as bob:
            await ann.send('{"action": "who"}')
            assert await hear(ann) == ["ann", "bob"]
            await ann.send('{"action": "sendmessage", "data": "hello"}')
            said = {"from": "ann", "text": "hello"}
            assert [await hear(ann), await hear(bob)] == [said, said]
            await bob.send('{"action": "dance"}')
            assert (await hear(bob))["message"] == "Forbidden"
        async with asyncio.timeout(30):
            names = ["ann", "bob"]
            while names != ["ann"]:
                await ann.send('{"action": "who"}')
                names = await hear(ann)


@pytest.mark.parametrize("shape", ["ping/template.json"], indirect=True)
async def test_a_mock_ping_and_inline_code_in_both_languages(shape: System) -> None:
    async with connect(shape.stage_url) as socket:
        await socket.send('{"action": "ping"}')
        assert await hear(socket) == {"event": "pong"}
        await socket.send('{"say": "hello"}')
        assert await hear(socket) == {"SAY": "HELLO"}
    assert 'shouting {"say": "hello"}' in await asyncio.to_thread(shape.log.read_text)


@pytest.mark.parametrize("shape", ["rooms/template.yaml"], indirect=True)
async def test_a_sam_websocket_api_in_node_and_python(shape: System) -> None:
    assert shape.stage_url.endswith("/live")
    assert await refused(shape.stage_url) == 401
    assert await refused(shape.stage_url, additional_headers={"Authorization": "Bearer nobody"}) == 401
    async with connect(shape.stage_url, additional_headers={"Authorization": "Bearer ann"}) as socket:
        await socket.send('{"action": "echo", "room": "blue"}')
        assert await hear(socket) == {"room": "blue", "table": "template-Notes"}
        await socket.send('{"action": "fail"}')
        assert (await hear(socket))["message"] == "Internal server error"
        await socket.send('{"action": "note", "text": "milk"}')
        answer = await hear(socket)
        assert (answer["notes"], answer["who"]) == (["milk"], "ann")
        assert answer["arn"].endswith(":function:template-Remember:live")
    said = await asyncio.to_thread(shape.log.read_text)
    assert "[ERROR] TypeError: there is no such room" in said
    assert "echo for" in said


@pytest.mark.parametrize("shape", ["workshop/template.yaml"], indirect=True)
async def test_what_applications_are_made_of_beside_routes_and_tables(shape: System) -> None:
    async with connect(shape.stage_url) as socket:
        for action, answer in {
            "add": {"sum": 3, "words": "of a layer", "shared": "under /opt"},
            "boot": {"bootstrap": {"up": True}},
            "about": {"pin": "1234", "limit": "7", "words": "hello"},
            "save": {"stored": "INSERT"},
        }.items():
            await socket.send(json.dumps({"action": action}))
            assert await hear(socket) == answer
        await socket.send('{"action": "far"}')
        assert "the local AWS has no service translate" in await hear(socket)
    said = await asyncio.to_thread(shape.log.read_text)
    assert "execute-api.us-east-1.amazonaws.com is answered by the local run" in said
    assert "secretsmanager.us-east-1.amazonaws.com is answered by the local run" in said
