"""The connect handler where it matters who asks: statuses, the agreed subprotocol, and what the log holds."""

import importlib
import io
import json
from typing import Any

import pytest

from shared import bootstrap
from tests.fakes.system import JWT, FakeSystem
from tests.functions.conftest import FakeContext, Invoke, load_event

TOKEN = "eyJhbGciOiJSUzI1NiJ9.secret-of-the-user.signature"


@pytest.fixture
def system() -> FakeSystem:
    return FakeSystem(**JWT)


def event(query: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
    made = load_event("connect")
    made["headers"] |= headers or {}
    made["queryStringParameters"] = query
    made["multiValueQueryStringParameters"] = {name: [value] for name, value in (query or {}).items()}
    return made


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ({"token": TOKEN}, {}),
        ({}, {"Sec-WebSocket-Protocol": f"tidings, bearer.{TOKEN}"}),
        ({}, {"Authorization": f"Bearer {TOKEN}"}),
        ({"ticket": TOKEN}, {}),
    ],
    ids=["query", "subprotocol", "header", "ticket"],
)
def test_a_refusal_is_logged_with_its_reason_and_without_what_was_sent(
    invoke: Invoke, logged: io.StringIO, query: dict[str, str], headers: dict[str, str]
) -> None:
    assert invoke("connect", event(query, headers)) == {"statusCode": 401}
    [line] = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert line["reason"] in {"signature does not hold", "ticket unknown, used or expired"}
    assert "secret-of-the-user" not in logged.getvalue()


def test_who_is_let_in_is_told_the_subprotocol_and_the_log_not_the_token(
    system: FakeSystem, invoke: Invoke, logged: io.StringIO
) -> None:
    now = system.clock.now()
    claims: dict[str, Any] = {
        "iss": JWT["auth_issuer"],
        "aud": JWT["auth_audience"],
        "sub": "ann",
        "exp": now + 60,
    }
    system.tokens.signed[TOKEN] = claims
    answer = invoke("connect", event(headers={"Sec-WebSocket-Protocol": f"tidings, bearer.{TOKEN}"}))
    assert answer == {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "tidings"}}
    assert "secret-of-the-user" not in logged.getvalue()
    assert '"user_id":"ann"' in logged.getvalue()


@pytest.mark.parametrize("hostile", ['x\n{"level":"CRITICAL"}', "\x1b[2Jx", "\u2028x", '","level":"CRITICAL'])
def test_nothing_sent_can_forge_a_line_of_the_log(logged: io.StringIO, hostile: str) -> None:
    system = FakeSystem()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "build_ports", lambda *_needed: system.ports)
        module = importlib.reload(importlib.import_module("functions.connect.handler"))
        logged.truncate(0)
        logged.seek(0)
        query = {"user_id": hostile, "channels": hostile}
        assert module.handler(event(query, {"Origin": hostile}), FakeContext())["statusCode"] == 200
    written = logged.getvalue().rstrip("\n").split("\n")
    unknown, connected = map(json.loads, written)
    names = [part.strip() for part in hostile.split(",")]
    assert (unknown["level"], unknown["channels"]) == ("WARNING", names)
    assert (connected["level"], connected["user_id"]) == ("INFO", hostile)
    assert all(line.isascii() and line.isprintable() for line in written)


@pytest.mark.parametrize(("settings", "warnings"), [({}, 1), (JWT, 0)], ids=["off", "on"])
def test_a_stage_without_authentication_says_so_once(
    logged: io.StringIO, settings: dict[str, Any], warnings: int
) -> None:
    system = FakeSystem(**settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "build_ports", lambda *_needed: system.ports)
        imported = importlib.import_module("functions.connect.handler")
        logged.truncate(0)
        module = importlib.reload(imported)
        for _ in range(3):
            module.handler(event(), FakeContext())
    assert logged.getvalue().count("authentication is off") == warnings
