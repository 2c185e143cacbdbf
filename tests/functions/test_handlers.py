"""Each handler with the events AWS sends: decode, one call, answer."""

import gc
import importlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

import functions
from shared import bootstrap
from shared.domain.deliveries import Close, Welcome
from tests.fakes.catalog import Channel
from tests.fakes.payloads import PAYLOADS
from tests.fakes.system import FakeSystem
from tests.functions.conftest import Invoke, load_event

CONNECTION_ID = "TXzPWdnOjoECGjA="
FUNCTIONS = Path(functions.__file__).parent


def test_connect_registers_the_connection_and_asks_for_its_welcome(
    system: FakeSystem, invoke: Invoke
) -> None:
    assert invoke("connect", load_event("connect"))["statusCode"] == 200
    row = system.tables.connections[CONNECTION_ID].connection
    assert row.user_id == "user123"
    assert row.channels == frozenset({Channel.JOBS, Channel.APPLICATIONS})
    assert row.connected_at == 1_763_132_400.0
    [welcome] = system.queue.take_all()
    assert isinstance(welcome, Welcome)
    assert welcome.channels == ("jobs", "applications")


def test_connect_works_without_a_query_string(system: FakeSystem, invoke: Invoke) -> None:
    event = load_event("connect")
    del event["queryStringParameters"], event["multiValueQueryStringParameters"]
    assert invoke("connect", event)["statusCode"] == 200
    assert system.tables.connections[CONNECTION_ID].connection.user_id is None


def test_connect_refuses_a_user_id_that_is_no_name(system: FakeSystem, invoke: Invoke) -> None:
    event = load_event("connect")
    event["queryStringParameters"]["user_id"] = "x" * 257
    assert invoke("connect", event)["statusCode"] == 400
    assert system.tables.connections == {}


def test_default_answers_with_the_route_response(system: FakeSystem, invoke: Invoke) -> None:
    system.online(CONNECTION_ID)
    answer = invoke("default", load_event("message"))
    assert answer["statusCode"] == 200
    body = json.loads(answer["body"])
    assert body["type"] == "system.subscribed"
    assert body["data"] == {
        "channel": "recommendations",
        "subscriber_count": 1,
        "streams": {"recommendations": {"epoch": "e0000", "offset": 0}},
    }


@pytest.mark.parametrize("body", ['{"action": "pong"}', None, "", "not json", "[]"])
def test_default_always_answers_200(system: FakeSystem, invoke: Invoke, body: str | None) -> None:
    system.online(CONNECTION_ID)
    event = load_event("message") | {"body": body}
    assert invoke("default", event)["statusCode"] == 200


def test_default_answers_internal_error_when_something_breaks(
    system: FakeSystem, invoke: Invoke, monkeypatch: pytest.MonkeyPatch, logged: io.StringIO
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the table is on fire")

    monkeypatch.setattr(system.admission, "admit", broken)
    answer = json.loads(invoke("default", load_event("message"))["body"])
    assert answer["data"]["code"] == "internal_error"
    assert "fire" not in answer["data"]["message"]
    assert "the table is on fire" in logged.getvalue()
    assert CONNECTION_ID in logged.getvalue()


def test_disconnect_removes_the_connection_however_often_it_comes(system: FakeSystem, invoke: Invoke) -> None:
    system.online(CONNECTION_ID, Channel.JOBS, user_id="user123")
    for _ in range(2):
        assert invoke("disconnect", load_event("disconnect")) == {"statusCode": 200}
    assert system.tables.connections == {}
    assert system.tables.topics == {}


def test_publisher_delivers_an_event_from_the_bus(system: FakeSystem, invoke: Invoke) -> None:
    system.online("a", Channel.JOBS)
    invoke("publisher", load_event("bus"))
    [message] = system.sender.received["a"]
    assert message["id"] == "6a7e8feb-b491-4cf7-a9f1-bf3703467718"
    assert message["data"] == PAYLOADS["job.created"]


def test_publisher_keeps_an_invalid_event(system: FakeSystem, invoke: Invoke) -> None:
    event = load_event("bus") | {"detail-type": "job.unknown"}
    invoke("publisher", event)
    assert [rejection.content["detail-type"] for rejection in system.rejections.kept] == ["job.unknown"]


def test_publisher_carries_out_deliveries_and_returns_only_what_failed(
    system: FakeSystem, invoke: Invoke
) -> None:
    system.sender.open.add(CONNECTION_ID)
    event = load_event("queue")
    [good] = event["Records"]
    bad = {**good, "messageId": "bad", "body": '{"kind":"unheard of"}'}
    answer = invoke("publisher", {"Records": [bad, good]})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert system.sender.closed == [CONNECTION_ID]


def test_scheduler_ticks(system: FakeSystem, invoke: Invoke) -> None:
    invoke("scheduler", load_event("tick"))
    kinds = {delivery.kind for delivery, _ in system.queue.messages}
    assert "heartbeat" in kinds


def test_scheduler_plans_from_events(system: FakeSystem, invoke: Invoke) -> None:
    event = load_event("bus") | {
        "detail-type": "interview.scheduled",
        "detail": {"data": PAYLOADS["interview.scheduled"], "user_id": "user123"},
    }
    invoke("scheduler", event)
    assert len(system.schedule.waiting) == 3


def test_every_log_line_names_its_connection_or_event(
    system: FakeSystem, invoke: Invoke, logged: io.StringIO
) -> None:
    system.online("a", Channel.JOBS)
    invoke("connect", load_event("connect"))
    invoke("publisher", load_event("bus"))
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert lines
    assert all("connection_id" in line or "event_id" in line for line in lines)


def test_a_rate_limited_client_that_goes_on_is_closed(system: FakeSystem, invoke: Invoke) -> None:
    system.online(CONNECTION_ID)
    event = load_event("message") | {"body": '{"action":"ping"}'}
    codes = [json.loads(invoke("default", event)["body"])["data"].get("code") for _ in range(25)]
    assert codes == [None] * 20 + ["rate_limited"] * 5
    assert system.queue.take_all() == [Close(connection_id=CONNECTION_ID)]


@pytest.mark.parametrize("function", sorted(one.parent.name for one in FUNCTIONS.glob("*/handler.py")))
def test_a_function_that_has_started_collects_garbage_again(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    monkeypatch.setattr(bootstrap, "build_ports", lambda *_needed: system.ports)
    handler = importlib.import_module(f"functions.{function}.handler")
    importlib.reload(functions)
    try:
        assert not gc.isenabled()
        importlib.reload(handler)
        assert gc.isenabled()
    finally:
        gc.enable()
