"""Route selection expressions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.gateway import GatewayConfigurationError
from local.gateway.selection import RouteSelector
from tests.local.gateway.behaviours import behaviour

DOC = "D websocket-api-develop-routes"


@pytest.mark.parametrize(
    ("expression", "body", "key"),
    [
        ("$request.body.action", {"action": "join"}, "join"),
        ("${request.body.action}", {"action": "join"}, "join"),
        ("$request.body.service.name", {"service": {"name": "chat"}}, "chat"),
        ("$request.body.steps[1].name", {"steps": [{}, {"name": "second"}]}, "second"),
        ("$request.body.n", {"n": 7}, "7"),
        ("$request.body.ok", {"ok": True}, "true"),
        ("$request.body.action", {}, None),
        ("$request.body.a.b", {"a": "text"}, None),
        ("$request.body.steps[3]", {"steps": []}, None),
        ("$request.body.action", ["action"], None),
    ],
)
@behaviour("A single variable selects by its value, nested paths and array items too", source=DOC)
def test_single_variable(expression: str, body: Any, key: str | None) -> None:
    assert RouteSelector(expression).select(json.dumps(body)) == key


@pytest.mark.parametrize(
    ("expression", "body", "key"),
    [
        ("${request.body.kind}/${request.body.verb}", {"kind": "chat", "verb": "send"}, "chat/send"),
        ("${request.body.kind}/${request.body.verb}", {"kind": "chat"}, "chat/"),
        ("v1-${request.body.kind}", {"kind": "chat"}, "v1-chat"),
    ],
)
@behaviour("Several variables make one key; a missing one counts as an empty string", source=DOC)
def test_several_variables(expression: str, body: Any, key: str) -> None:
    assert RouteSelector(expression).select(json.dumps(body)) == key


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("hello", id="text"),
        pytest.param("[" * 8000, id="open-brackets"),
        pytest.param('{"action": ' + "[" * 8000 + "]" * 8000 + "}", id="nested-deeply"),
    ],
)
@behaviour("Text that is not JSON selects nothing", source=DOC)
def test_not_json(text: str) -> None:
    assert RouteSelector("$request.body.action").select(text) is None


@pytest.mark.parametrize("expression", ["$request.header.x", "$context.stage", "${request.body.a}/$x"])
def test_other_variables_are_refused_by_name(expression: str) -> None:
    with pytest.raises(GatewayConfigurationError, match="RouteSelectionExpression"):
        RouteSelector(expression)
