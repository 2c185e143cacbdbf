"""Which log lines of this project's functions the terminal shows."""

from typing import Any

import pytest

from local.quiet import shown

RECEIPT = {"matched": 2, "delivered": 2, "gone": 0, "published_at": 1.5, "read_units": 2.0}


@pytest.mark.parametrize(
    "entry",
    [
        {"message": "ticked", "heartbeats": 1, "released": 0, "overdue": 0},
        {"message": "delivery sent", "kind": "heartbeat", "subject": "ping:1"},
        {"message": "receipt", "receipt": {**RECEIPT, "matched": 0, "delivered": 0}},
        {"message": "receipt", "receipt": RECEIPT, "added": RECEIPT},
    ],
    ids=["an idle tick", "a ping", "a ping to nobody", "a ping to everybody"],
)
def test_what_only_says_that_the_system_is_up_is_hidden(entry: dict[str, Any]) -> None:
    assert shown(entry) is None


@pytest.mark.parametrize(
    ("entry", "fields"),
    [
        (
            {"message": "ticked", "released": 1, "overdue": 0},
            {"message": "ticked", "released": 1, "overdue": 0},
        ),
        (
            {"message": "receipt", "event_id": "e", "receipt": {**RECEIPT, "matched": 0, "delivered": 0}},
            {"message": "receipt", "event_id": "e", "matched": 0, "delivered": 0},
        ),
        (
            {"message": "receipt", "receipt": {**RECEIPT, "delivered": 1, "gone": 1}, "added": {}},
            {"message": "receipt", "matched": 2, "delivered": 1, "gone": 1},
        ),
        ({"message": "anything else", "receipt": 1}, {"message": "anything else", "receipt": 1}),
    ],
    ids=["a tick with work", "an event to nobody", "a ping that found a connection gone", "others"],
)
def test_the_rest_is_shown_without_what_did_not_happen(entry: dict[str, Any], fields: dict[str, Any]) -> None:
    assert shown(entry) == fields
