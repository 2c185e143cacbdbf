"""The table of channels and event types in the protocol's page."""

from pathlib import Path

import pytest

from derive.__main__ import main
from derive.tables import events_table
from events import catalog
from tests.fakes import shop

ROOT = Path(__file__).parents[2]
EMPTY = "Before.\n<!-- events: written by make types -->\nold\n<!-- end of events -->\nAfter.\n"


def test_the_protocols_table_is_current() -> None:
    table = events_table(ROOT / "docs/protocol.md", catalog)

    assert table.page.read_text() == table.current(), "make types writes it anew"


@pytest.mark.parametrize(
    "row",
    [
        "| `orders/{order_id}` | `order.shipped` | `order_id` |",
        "|  | `order.moved` ¹ | `order_id` |",
        "| `system` | `system.notification` | `message` `severity` `action_required` |",
        "|  | `system.ping` ² | `timestamp` |",
        "| none: for the bus | `schedule.cancelled` | none needed |",
        "|  | `delivery.unseen` | `event` `reason` (not_connected, not_seen) |",
    ],
)
def test_another_applications_page_has_its_own_table(row: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(EMPTY)

    assert main(["table", str(page), "--events", "tests.fakes.shop"]) == 0

    lines = page.read_text().splitlines()
    assert row in lines
    assert lines[0] == "Before."
    assert lines[-1] == "After."
    assert "old" not in lines


def test_a_page_without_the_comments_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text("Nothing here.\n")

    assert main(["table", str(page), "--events", shop.__name__]) == 2

    assert capsys.readouterr().err == "page.md lacks the comments around the table events\n"
    assert page.read_text() == "Nothing here.\n"
