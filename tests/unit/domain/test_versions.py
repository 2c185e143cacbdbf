"""Two versions of the system run side by side during a deploy: each reads what the other wrote."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.domain.deliveries import parse_delivery
from shared.domain.errors import TryAgain
from shared.domain.intake import from_held_form
from shared.domain.receipt import Receipt
from tests.fakes.catalog import CATALOGUE

MESSAGES = json.loads((Path(__file__).parents[2] / "events/previous/deliveries.json").read_text())


@pytest.mark.parametrize("kind", MESSAGES)
def test_the_previous_versions_messages_are_read_as_they_were_meant(kind: str) -> None:
    read = json.loads(parse_delivery(json.dumps(MESSAGES[kind])).to_json())
    meant = {name: value for name, value in MESSAGES[kind].items() if name != "kind"}
    assert {name: read[name] for name in meant} == meant


@pytest.mark.parametrize("kind", MESSAGES)
def test_fields_and_values_of_a_newer_version_are_tolerated(kind: str) -> None:
    newer: dict[str, Any] = {**MESSAGES[kind], "of_tomorrow": {"a": [1]}}
    for field in ("channels", "forbidden_channels"):
        if field in newer:
            newer[field] = [*newer[field], "channel-of-tomorrow"]
    if newer.get("channel"):
        newer["channel"] = "channel-of-tomorrow"
    if newer.get("because"):
        newer["because"] = "reason_of_tomorrow"
    parse_delivery(json.dumps(newer))


def test_what_a_newer_version_alone_can_read_is_told_from_what_nobody_can() -> None:
    with pytest.raises(TryAgain, match="newer version"):
        parse_delivery('{"kind":"of-tomorrow","text":"x"}')
    for body, words in (
        ('{"kind":"welcome"}', "welcome: .*connection_id"),
        ('{"text":1}', "has a kind"),
        ("[]", "has a kind"),
        ("{", "not JSON"),
    ):
        with pytest.raises(ValueError, match=words):
            parse_delivery(body)


def test_an_event_in_its_held_form_is_read_from_either_version() -> None:
    form = MESSAGES["pending"]["event"]
    assert from_held_form(form, CATALOGUE).moment == form["occurred_at"]
    assert from_held_form({**form, "of_tomorrow": 1}, CATALOGUE).id == form["id"]
    with pytest.raises(TryAgain, match="newer version"):
        from_held_form({**form, "type": "type.of_tomorrow"}, CATALOGUE)


def test_a_receipt_of_a_newer_version_is_read() -> None:
    assert Receipt.of({"matched": 2.0, "delivered": 2.0, "of_tomorrow": 1.0}) == Receipt(
        matched=2, delivered=2
    )
