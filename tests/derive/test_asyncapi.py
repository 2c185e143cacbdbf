"""The AsyncAPI document is valid, and what the system says and hears is as the document says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft7Validator

from derive.__main__ import main
from derive.asyncapi import asyncapi
from derive.schemas import schemas
from events import catalog
from tests.fakes import shop
from tests.fakes.catalog import CATALOG
from tests.fakes.payloads import PAYLOADS
from tests.fakes.system import FakeSystem
from tidings.catalog import Catalog

SPECIFICATION = Path(__file__).parent / "specification/node_modules/@asyncapi/specs/schemas"
CATALOGUES = [
    pytest.param(catalog, id="jobs"),
    pytest.param(shop.catalog, id="shop"),
    pytest.param(Catalog(), id="none"),
]
DOCUMENT = asyncapi(catalog)


def complaints(name: str, message: Any, *, document: dict[str, Any] = DOCUMENT) -> list[str]:
    """What the document has against a message of this name."""
    schema = {"$ref": f"#/components/messages/{name}/payload", "components": document["components"]}
    return [one.message for one in Draft7Validator(schema).iter_errors(message)]


@pytest.mark.parametrize("of", CATALOGUES)
def test_the_document_is_valid_by_asyncapis_own_schema(of: Catalog) -> None:
    official = SPECIFICATION / "3.0.0-without-$id.json"
    if not official.exists():
        pytest.skip("AsyncAPI's schema is not installed: `make test` installs it where Node can be had")

    validator = Draft7Validator(json.loads(official.read_text()))

    assert [one.message for one in validator.iter_errors(asyncapi(of))] == []
    assert not validator.is_valid({**asyncapi(of), "asyncapi": "2.6.0"})


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from references(one)


@pytest.mark.parametrize("of", CATALOGUES)
def test_every_reference_leads_somewhere(of: Catalog) -> None:
    document = asyncapi(of)
    found = set(references(document))
    assert len(found) > 20
    for reference in found:
        node = document
        for key in reference.removeprefix("#/").split("/"):
            assert key in node, reference
            node = node[key]


def test_a_channel_with_parameters_is_described_with_them() -> None:
    document = asyncapi(shop.catalog)

    channel = document["channels"]["orders.order_id"]
    assert channel["address"] == "orders/{order_id}"
    assert [*channel["parameters"]] == ["order_id"]
    assert {"order.shipped", "order.moved"} <= channel["messages"].keys()
    assert "news.posted" not in channel["messages"]
    assert document["channels"]["news"]["address"] == "news"
    assert "parameters" not in document["channels"]["news"]
    said = {"type": "order.shipped", "data": {"order_id": "42"}, "timestamp": "t", "id": "e"}
    assert complaints("order.shipped", {**said, "channel": "orders/42"}, document=document) == []
    assert complaints("order.shipped", {**said, "channel": "orders/"}, document=document) != []


@pytest.mark.parametrize("name", sorted(name for name in PAYLOADS if CATALOG[name].channel is not None))
def test_an_event_as_it_is_sent_fits_its_message(system: FakeSystem, name: str) -> None:
    system.online("a", CATALOG[name].channel or "", user_id="user123")
    system.app.publish(system.event(name, PAYLOADS[name], user_id="user123"), lease=system.lease)
    (sent,) = system.sender.received["a"]

    assert complaints(name, sent) == []
    assert complaints(name, {**sent, "data": {}}) != []
    assert complaints(name, {**sent, "type": "other"}) != []


@pytest.mark.parametrize(
    ("message", "answers"),
    [
        ({"action": "subscribe", "channel": "jobs", "request_id": "r-1"}, True),
        ({"action": "subscribe", "channel": "nonsense"}, False),
        ({"action": "unsubscribe", "channel": "jobs"}, True),
        ({"action": "list_channels"}, True),
        ({"action": "ping"}, True),
        ({"action": "inbox", "limit": 20, "before": 9}, True),
        ({"action": "seen", "inbox": 9}, True),
        ({"action": "seen", "inbox": 10**20}, False),
    ],
    ids=str,
)
def test_what_clients_say_and_are_answered_fits_the_document(
    system: FakeSystem, message: dict[str, Any], *, answers: bool
) -> None:
    system.online("a", user_id="user123")
    action = message["action"]
    said = system.app.message("a", json.dumps(message))
    assert said is not None
    answer = json.loads(said.to_json())

    operation = DOCUMENT["operations"][action]
    replies = [one["$ref"].rpartition("/")[2] for one in operation["reply"]["messages"]]
    assert complaints(f"client.{action}", message) == []
    assert complaints(f"client.{action}", {"action": "else"}) != []
    assert replies.index(answer["type"]) == (0 if answers else 1)
    assert complaints(answer["type"], answer) == []


def from_bus(name: str, **detail: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "e-1",
        "detail-type": name,
        "source": "job-service",
        "account": "123456789012",
        "time": "2025-11-14T15:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    }


SAMPLES = {**PAYLOADS, "delivery.unseen": {"event": {}, "reason": "not_seen"}, "user.revoked": {}}


@pytest.mark.parametrize("name", sorted(schemas(catalog).keys() & SAMPLES.keys()))
def test_a_schema_for_eventbridge_is_draft_4_and_takes_what_the_system_takes(name: str) -> None:
    schema = schemas(catalog)[name]
    data = SAMPLES[name]
    validator = Draft4Validator(schema)

    Draft4Validator.check_schema(schema)
    assert schema["$schema"] == "http://json-schema.org/draft-04/schema#"
    assert [one.message for one in validator.iter_errors(from_bus(name, data={**data, "more": 1}))] == []
    assert validator.is_valid(from_bus(name, data=data, user_id="user123", id="a", schedule_key="k"))
    assert not validator.is_valid(from_bus(name, data=data, userid="user123"))
    assert not validator.is_valid(from_bus("else", data=data))
    for field in schema["properties"]["detail"]["properties"]["data"].get("required", []):
        lacking = {key: value for key, value in data.items() if key != field}
        assert not validator.is_valid(from_bus(name, data=lacking)), field


def test_an_exclusive_bound_is_written_as_draft_4_has_it() -> None:
    data = schemas(catalog)["interview.scheduled"]["properties"]["detail"]["properties"]["data"]

    assert data["properties"]["duration_minutes"]["minimum"] == 0
    assert data["properties"]["duration_minutes"]["exclusiveMinimum"] is True


def test_the_documents_are_written_where_they_are_wanted(tmp_path: Path) -> None:
    assert main(["asyncapi", "--events", shop.__name__, "--out", str(tmp_path / "api")]) == 0

    written = json.loads((tmp_path / "api/asyncapi.json").read_text())
    assert written == asyncapi(shop.catalog)
    assert {path.stem for path in (tmp_path / "api/schemas").iterdir()} == set(schemas(shop.catalog))
