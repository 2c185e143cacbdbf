"""Conflation windows as they are kept: whole, in versions, and found again when their release was lost."""

from dataclasses import replace

from shared.app.ports.windows import KeptWindow
from shared.domain.conflation import Window
from shared.domain.intake import AcceptedEvent
from tests.adapters.worlds import World
from tests.fakes.catalog import CATALOG

NOW = 1_763_132_400.0
HELD = AcceptedEvent(
    id="2",
    type=CATALOG["job.analyzing"],
    data={"job_id": 42, "company": "G", "job_title": "T"},
    user_id="ann",
    occurred_at=NOW,
    ordered_at=NOW + 0.25,
)
OPEN = Window(ends_at=NOW + 2, moment=NOW, seen=("1",), sent_id="1", running={"a": NOW + 60})
HOLDING = replace(OPEN, held=HELD, release_at=NOW + 2, moment=NOW + 0.25, seen=("2",))
NO_ROW = KeptWindow(window=None, version=0)


def test_a_window_is_kept_whole(world: World) -> None:
    assert world.windows.read("k", now=NOW) == NO_ROW
    assert world.windows.write("k", HOLDING, after=NO_ROW, now=NOW) is None
    assert world.windows.read("k", now=NOW) == KeptWindow(window=HOLDING, version=1)
    assert world.windows.read("other", now=NOW) == NO_ROW


def test_only_one_of_two_who_read_the_same_may_write(world: World) -> None:
    world.windows.write("k", OPEN, after=NO_ROW, now=NOW)
    before = world.windows.read("k", now=NOW)
    assert world.windows.write("k", HOLDING, after=before, now=NOW) is None
    for stale in (NO_ROW, before):
        present = world.windows.write("k", OPEN, after=stale, now=NOW)
        assert present == KeptWindow(window=HOLDING, version=2)


def test_a_held_event_that_is_overdue_is_found_until_it_is_sent(world: World) -> None:
    world.windows.write("k", HOLDING, after=NO_ROW, now=NOW)
    world.windows.write("not held", OPEN, after=NO_ROW, now=NOW)
    assert list(world.windows.overdue(before=NOW + 2)) == []
    assert [list(page) for page in world.windows.overdue(before=NOW + 3)] == [["k"]]
    kept = world.windows.read("k", now=NOW)
    world.windows.write("k", replace(OPEN, running={}), after=kept, now=NOW)
    assert list(world.windows.overdue(before=NOW + 3)) == []
