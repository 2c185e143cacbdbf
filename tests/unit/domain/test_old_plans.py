"""Rows that the code wrote when reminders were not declared yet: they are still moved, dropped and sent.

`plans_before_declarations.json` holds what that code wrote for each event, and what it sent how many seconds
after each row was due. `unless_due_at` is no attribute of a row: it is part of the condition of the write.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.aws.schedule import row_of
from shared.domain.intake import AcceptedEvent
from shared.domain.moments import parse_time
from shared.domain.reminders import changes_of
from shared.domain.schedule import Planned, release
from tests.fakes.catalog import CATALOG, CATALOGUE

NOW = parse_time("2025-11-14T15:00:00Z")
KEPT = json.loads(Path(__file__).with_name("plans_before_declarations.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("told", KEPT, ids=lambda told: f"{told['event']} for {told['user']}")
def test_an_event_writes_the_rows_that_it_wrote_before(told: dict[str, Any]) -> None:
    event = AcceptedEvent(
        id="e-1", type=CATALOG[told["event"]], data=told["data"], user_id=told["user"], occurred_at=NOW
    )
    changes = changes_of(event, CATALOGUE, now=NOW)

    written = [row_of(change) for change in changes]
    for row, change in zip(written, changes, strict=True):
        if isinstance(change, Planned):
            row["data"] = json.loads(row["data"]["S"])
        elif change.unless_due_at is not None:
            row["unless_due_at"] = change.unless_due_at
    assert written == [{name: value for name, value in row.items() if name != "sent"} for row in told["rows"]]


@pytest.mark.parametrize("row", [row for told in KEPT for row in told["rows"] if "sent" in row])
def test_a_row_is_sent_as_it_was_before_to_the_second(row: dict[str, Any]) -> None:
    planned = Planned(
        key=row["schedule_key"]["S"],
        due_at=int(row["due_at"]["N"]),
        revision=int(row["revision"]["N"]),
        told_by="e-1",
        event_id=row["event_id"]["S"],
        event_type=row["event_type"]["S"],
        data=row["data"],
        user_id=row.get("user_id", {}).get("S"),
        counts_down_to=float(row["counts_down_to"]["N"]),
    )
    for seconds, countdown in row["sent"].items():
        event = release(planned, CATALOGUE, now=planned.due_at + int(seconds))
        sent = None if event is None else (event.id, event.type.name, event.user_id, event.data)
        as_before = (
            planned.event_id,
            planned.event_type,
            planned.user_id,
            {**row["data"], **(countdown or {})},
        )
        assert sent == (None if countdown is None else as_before), seconds
