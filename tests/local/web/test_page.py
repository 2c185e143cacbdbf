"""The page's files and its API, over a real server and fakes that hold state."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from local.web import PageBackend, attach_page, page_app
from local.web.application import facts
from tests.fakes.catalog import CATALOG, CATALOGUE
from tidings.catalog import Catalog, Channel, EventType, Id, Payload

pytestmark = pytest.mark.network

STATIC = Path("local/web/static")
Client = TestClient[web.Request, web.Application]


class FakeBus:
    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.refusing = False

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - as boto3 spells it
        if self.refusing:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorMessage": "full"}]}
        self.entries += Entries
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]}


class FakeTables:
    """Answers at most two keys a call, as DynamoDB may."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {"connections": [], "events": []}

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - as boto3 spells it
        ((table, asked),) = RequestItems.items()
        now, later = asked["Keys"][:2], asked["Keys"][2:]
        found = [row for row in self.rows[table] if any(key.items() <= row.items() for key in now)]
        left = {table: {**asked, "Keys": later}} if later else {}
        return {"Responses": {table: found}, "UnprocessedKeys": left}


class FakeQueue:
    """Gives each message once, ten at a time, as a queue does while what it gave is hidden."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def receive_message(self, *, MaxNumberOfMessages: int, **_: Any) -> dict[str, Any]:  # noqa: N803 - as boto3 spells it
        now, self.messages = self.messages[:MaxNumberOfMessages], self.messages[MaxNumberOfMessages:]
        return {"Messages": [{"Body": json.dumps(one)} for one in now]} if now else {}


class System:
    def __init__(self) -> None:
        self.bus = FakeBus()
        self.queue = FakeQueue()
        self.tables = FakeTables()
        self.open: list[str] = []
        backend = PageBackend(
            events=cast("Any", self.bus),
            bus="tidings-local",
            dynamodb=cast("Any", self.tables),
            connections_table="connections",
            events_table="events",
            sqs=cast("Any", self.queue),
            rejected_queue_url="rejected",
            connection_ids=lambda: self.open,
            application=lambda: facts(CATALOGUE),
        )
        self.app = web.Application()
        self.app.add_subapp("/_tidings/page", page_app(backend))
        attach_page(self.app)


@pytest.fixture
def local() -> System:
    return System()


@pytest_asyncio.fixture
async def client(local: System) -> AsyncIterator[Client]:
    async with TestClient(TestServer(local.app)) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", "text/html"),
        ("/page/app.js", "text/javascript"),
        ("/page/base.css", "text/css"),
        ("/page/icon.svg", "image/svg+xml"),
        ("/client/index.js", "text/javascript"),
    ],
)
async def test_files_are_served_under_a_strict_policy(client: Client, path: str, content_type: str) -> None:
    answer = await client.get(path)

    assert answer.status == 200
    assert answer.content_type == content_type
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", ["/page/../files.py", "/page/nothing.js", "/client/index.cjs"])
async def test_nothing_else_is_served(client: Client, path: str) -> None:
    assert (await client.get(path)).status == 404


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere() -> None:
    page = (STATIC / "index.html").read_text(encoding="utf-8")

    assert not re.findall(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|https?://|//cdn", page)


def test_no_script_makes_markup_of_text() -> None:
    sources = {path.name: path.read_text(encoding="utf-8") for path in STATIC.glob("*.js")}

    markup = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval\(")
    assert {name for name, source in sources.items() if markup.search(source)} == set()


async def test_the_page_is_told_the_applications_channels_and_a_sample_of_every_event(client: Client) -> None:
    told = await (await client.get("/_tidings/page/application")).json()

    sent = {name: type_ for name, type_ in CATALOG.items() if type_.from_producers}
    assert list(told["channels"]) == list(CATALOGUE.channels)
    assert {name: channel for channel, names in told["channels"].items() for name in names} == {
        name: type_.channel for name, type_ in sent.items() if type_.channel is not None
    }
    assert set(told["samples"]) == {name for name, type_ in sent.items() if type_.payload.model_fields}


def test_a_channel_with_parameters_is_shown_as_its_first_sample_goes_to_it() -> None:
    class Moved(Payload):
        order_id: Id

    orders = Channel("orders/{order_id}")
    types = {"order.moved": EventType(name="order.moved", payload=Moved, on=orders)}

    assert facts(Catalog({orders.name: orders}, types)) == {
        "channels": {"orders/42": ["order.moved"]},
        "samples": {"order.moved": {"order_id": 42}},
    }


async def test_publish_puts_the_event_on_the_bus(client: Client, local: System) -> None:
    asked = {"type": "job.created", "data": {"job_id": 42}, "user_id": "user123", "deliver_at": ""}
    answer = await client.post("/_tidings/page/publish", json=asked)

    assert answer.status == 202
    (entry,) = local.bus.entries
    assert (entry["EventBusName"], entry["DetailType"]) == ("tidings-local", "job.created")
    assert json.loads(entry["Detail"]) == {
        "data": {"job_id": 42},
        "user_id": "user123",
        "id": (await answer.json())["id"],
    }


@pytest.mark.parametrize("body", ["", "[]", '{"type": "job.created"}', "null"])
async def test_what_is_no_event_is_refused(client: Client, local: System, body: str) -> None:
    answer = await client.post("/_tidings/page/publish", data=body)

    assert answer.status == 400
    assert local.bus.entries == []


async def test_a_bus_that_refuses_is_told(client: Client, local: System) -> None:
    local.bus.refusing = True
    answer = await client.post("/_tidings/page/publish", json={"type": "job.created", "data": {}})

    assert (answer.status, await answer.text()) == (502, "the bus refused: full")


async def test_connections_are_those_open_with_what_the_table_holds(client: Client, local: System) -> None:
    local.open = ["a=", "b=", "c="]
    local.tables.rows["connections"] = [
        {"connection_id": {"S": "a="}, "connected_at": {"N": "12.5"}, "user_id": {"S": "user123"}},
        {"connection_id": {"S": "c="}, "connected_at": {"N": "13"}, "channels": {"SS": ["skills", "jobs"]}},
        {"connection_id": {"S": "closed="}, "connected_at": {"N": "1"}},
    ]

    answer = await (await client.get("/_tidings/page/connections")).json()

    assert answer["connections"] == [
        {"connection_id": "a=", "user_id": "user123", "channels": [], "connected_at": 12.5},
        {"connection_id": "b=", "user_id": None, "channels": [], "connected_at": None},
        {"connection_id": "c=", "user_id": None, "channels": ["jobs", "skills"], "connected_at": 13.0},
    ]


async def test_receipts_say_what_became_of_events(client: Client, local: System) -> None:
    def row(event_id: str, **more: Any) -> dict[str, Any]:
        return {"stream": {"S": f"event#{event_id}"}, "offset": {"N": "0"}, **more}

    local.tables.rows["events"] = [
        row("done", finished={"BOOL": True}, receipt={"M": {"delivered": {"N": "3"}}}),
        row("running", lease_until={"N": "9"}),
    ]

    answer = await (await client.get("/_tidings/page/receipts?ids=done,running,unheard")).json()

    assert answer["receipts"] == {
        "done": {"finished": True, "receipt": {"delivered": 3.0}},
        "running": {"finished": False, "receipt": None},
    }


async def test_rejected_events_have_their_reasons(client: Client, local: System) -> None:
    local.queue.messages = [
        {"reasons": [f"{number} is wrong"], "content": {"detail": {"id": f"e{number}"}}}
        for number in range(25)
    ] + [{"reasons": ["no object"], "content": {"detail": "text"}}]

    answer = await (await client.get("/_tidings/page/receipts?ids=e23,elsewhere")).json()

    assert answer == {"receipts": {}, "rejected": {"e23": ["23 is wrong"]}}


async def test_pages_of_other_origins_may_not_publish(client: Client, local: System) -> None:
    answer = await client.post(
        "/_tidings/page/publish",
        json={"type": "job.created", "data": {}},
        headers={"Origin": "https://elsewhere.example"},
    )

    assert answer.status == 403
    assert local.bus.entries == []
