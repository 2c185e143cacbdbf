"""The control API: what it shows and does, and whom it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from botocore.exceptions import ClientError

from local.gateway import Fault
from tests.local.gateway.target import closed, post

if TYPE_CHECKING:
    from tests.local.gateway.target import Clients, Target

pytestmark = pytest.mark.network


async def ask(target: Target, method: str, path: str, **options: Any) -> tuple[int, Any]:
    url = f"{target.http_origin}/_tidings/gateway{path}"
    async with aiohttp.ClientSession() as session, session.request(method, url, **options) as response:
        is_json = response.content_type == "application/json"
        return response.status, await response.json() if is_json else await response.text()


async def test_connections_are_listed(target: Target, clients: Clients) -> None:
    await clients.connect(target, user_agent_header="Mozilla/5.0")
    status, answer = await ask(target, "GET", "/connections")
    (listed,) = answer["connections"]
    assert status == 200
    assert listed["connectionId"] == target.functions.events("connect")[0]["requestContext"]["connectionId"]
    assert listed["identity"] == {"userAgent": "Mozilla/5.0", "sourceIp": "127.0.0.1"}


async def test_a_connection_can_be_cut(target: Target, clients: Clients) -> None:
    client = await clients.connect(target)
    connection_id = target.functions.events("connect")[0]["requestContext"]["connectionId"]
    assert (await ask(target, "POST", f"/connections/{connection_id}/reset"))[0] == 204
    assert await closed(client) == (None, "")
    assert (await ask(target, "POST", f"/connections/{connection_id}/reset"))[0] == 404


async def test_a_named_connection_can_be_called_gone(target: Target, clients: Clients) -> None:
    client = await clients.connect(target)
    connection_id = target.functions.events("connect")[0]["requestContext"]["connectionId"]
    assert (await ask(target, "POST", f"/connections/{connection_id}/gone"))[0] == 204
    assert (await ask(target, "GET", "/connections"))[1]["connections"][0]["gone"] is True
    with pytest.raises(ClientError, match="GoneException"):
        await post(target, connection_id)
    await client.send("still heard")
    assert (await target.functions.event("default"))["body"] == "still heard"
    assert (await ask(target, "POST", "/connections/nobody/gone"))[0] == 404


async def test_faults_are_set_shown_and_cleared(target: Any) -> None:
    rules = {"seed": 7, "rules": [{"fault": "post-gone", "share": 0.25}]}
    status, answer = await ask(target, "PUT", "/faults", json=rules)
    assert status == 200
    assert answer == await _faults(target)
    assert answer["seed"] == 7
    assert answer["rules"] == [{"fault": "post-gone", "share": 0.25, "seconds": 0.0, "times": None}]
    assert target.gateway.faults.rules[0].fault is Fault.POST_GONE
    assert (await ask(target, "DELETE", "/faults"))[1] == {"seed": 0, "rules": []}


async def _faults(target: Target) -> Any:
    return (await ask(target, "GET", "/faults"))[1]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        pytest.param('{"rules": [{"fault": "meteor"}]}', "post-hang", id="unknown-fault"),
        pytest.param('{"rules": [{"fault": "post-gone", "shade": 1}]}', "shade", id="unknown-field"),
        pytest.param('{"rules": [{"fault": "post-gone", "share": 2}]}', "between 0 and 1", id="bad-share"),
        pytest.param('{"rules": ["post-gone"]}', "want", id="not-a-rule"),
        pytest.param("{", "want", id="not-json"),
    ],
)
async def test_bad_rules_are_named(target: Target, body: str, named: str) -> None:
    status, answer = await ask(target, "PUT", "/faults", data=body)
    assert status == 400
    assert named in answer


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Host": "tidings.example:8000"}, id="other-name"),
        pytest.param({"Host": "localhost.example"}, id="name-that-looks-local"),
        pytest.param({"Origin": "https://page.example"}, id="page-of-another-origin"),
        pytest.param({"Origin": "null"}, id="opaque-origin"),
    ],
)
async def test_strangers_are_refused(target: Target, headers: dict[str, str]) -> None:
    assert (await ask(target, "GET", "/connections", headers=headers))[0] == 403


@pytest.mark.parametrize(
    "headers", [{"Host": "localhost"}, {"Host": "[::1]:80"}, {"Origin": "http://localhost:8000"}]
)
async def test_this_machine_is_answered(target: Target, headers: dict[str, str]) -> None:
    assert (await ask(target, "GET", "/connections", headers=headers))[0] == 200
