"""`make schedule`: what it lists, and how it words it."""

import io
from typing import Any

import pytest
from rich.console import Console

from local.planned import from_now, main, plans_of, table_of
from shared.aws.schedule import row_of
from shared.domain.schedule import Cancelled, Planned

NOW = 1_763_132_400.0


def row(key: str, *, due_in: int, on_the_queue: bool = False, user_id: str | None = None) -> dict[str, Any]:
    """As the system itself writes it."""
    item = row_of(
        Planned(
            key=key,
            due_at=int(NOW) + due_in,
            revision=1,
            told_by="e",
            event_id="e",
            event_type="interview.reminder",
            data={"company": "Google", "interview_id": 5},
            user_id=user_id,
        )
    )
    return {name: value for name, value in item.items() if not (on_the_queue and name == "due_shard")}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "now"),
        (1, "in 1 s"),
        (59.6, "in 1 min"),
        (3_600, "in 1 h"),
        (3_605, "in 1 h"),
        (93_700, "in 1 d 2 h"),
        (-200, "3 min 20 s ago"),
        (365 * 86_400, "in 365 d"),
    ],
)
def test_moments_are_told_from_now(seconds: float, words: str) -> None:
    assert from_now(seconds) == words


def test_what_is_to_come_is_listed_soonest_first() -> None:
    rows = [
        row("later", due_in=9_000),
        row("queued", due_in=60, on_the_queue=True),
        row("overdue", due_in=-60),
        row("sent", due_in=-60, on_the_queue=True),
        row_of(Cancelled(key="cancelled", revision=1, told_by="e")),
        {"schedule_key": {"S": "bookmark:sweep"}, "place": {"S": "0:"}},
    ]
    assert [plan.key for plan in plans_of(rows, now=NOW)] == ["overdue", "queued", "later"]


def test_the_table_says_what_for_whom_and_when() -> None:
    plans = plans_of([row("a", due_in=9_000, user_id="user123"), row("b", due_in=9_001)], now=NOW)
    out = io.StringIO()
    Console(file=out, width=200).print(table_of(plans, now=NOW))
    text = out.getvalue()
    for said in ("2 messages", "in 2 h 30 min", "interview.reminder", "user123", "everybody", "Google"):
        assert said in text


@pytest.mark.network
def test_without_a_system_it_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    nobody = "http://127.0.0.1:9"
    assert main(["--aws", nobody, "--gateway", nobody]) == 1
    assert "make run" in capsys.readouterr().out
