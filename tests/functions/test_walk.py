"""The walks in docs/architecture.md are what the handlers do, function by function."""

import json
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.fakes.catalog import Channel
from tests.fakes.system import FakeSystem
from tests.functions.conftest import Invoke, load_event

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text()
CONNECTION_ID = "TXzPWdnOjoECGjA="

Step = tuple[str, str]


def walk(name: str) -> list[Step]:
    listed = re.search(rf"<!-- walk: {name} -->\n((?:- .*\n)+)", PAGE)
    assert listed is not None
    return [(one[1], one[2]) for one in re.finditer(r"^- `(\S+): (\S+)`", listed[1], flags=re.MULTILINE)]


def traced(call: Callable[[], Any]) -> list[Step]:
    """The functions of ours, each at its first call; a fake's stand for those of its port."""
    found: dict[Step, None] = {}

    def note(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(str(ROOT)) and "<" not in code.co_qualname:
            file = str(Path(code.co_filename).relative_to(ROOT))
            if file.startswith("tests/fakes/"):
                file = file.replace("tests/fakes/", "shared/app/ports/")
            found[file, code.co_qualname.removeprefix("Fake")] = None

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return list(found)


def in_order(wanted: Iterable[Step], steps: list[Step]) -> list[Step]:
    """The wanted steps that were made, in the order in which they were made."""
    return sorted((step for step in wanted if step in steps), key=steps.index)


@pytest.mark.parametrize(
    ("name", "function", "event"), [("event", "publisher", "bus"), ("subscribe", "default", "message")]
)
def test_the_page_lists_what_the_handlers_do(
    system: FakeSystem, invoke: Invoke, name: str, function: str, event: str
) -> None:
    system.online(CONNECTION_ID, Channel.JOBS, Channel.APPLICATIONS)
    invoke(function, load_event(event))  # the first call opens what is opened once
    again = load_event(event)
    again["id"] = "another"
    steps = traced(lambda: invoke(function, again))
    listed = walk(name)
    assert in_order(listed, steps) == listed
    files = {file for file, _ in steps if file.startswith(("functions/", "shared/app/"))}
    unlisted = {file for file in files if not file.startswith("shared/app/ports/")} - {
        file for file, _ in listed
    }
    # Each call is a cold start here, which is no part of the walk.
    assert unlisted <= {"functions/__init__.py"}


def test_the_trace_notices_a_function_that_is_not_called(system: FakeSystem, invoke: Invoke) -> None:
    system.online(CONNECTION_ID)
    steps = traced(
        lambda: invoke("default", load_event("message") | {"body": json.dumps({"action": "ping"})})
    )
    assert ("shared/app/message.py", "_admitted") in steps
    assert ("shared/app/message.py", "_subscribe") not in steps
