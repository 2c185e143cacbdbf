"""Which tests one worker runs in one go, and which come first, when several workers share them.

The tests of a unit share what takes seconds to set up: a running system, a template. The mark `xdist_group`
would say so at each test, but pytest-xdist 3.8 does not see it with pytest 9.2, and does not tell.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# Their units take longest. They come first, so that no worker is left alone with one at the end.
FIRST = ("tests/e2e/", "tests/infra/", "tests/engine/", "tests/local/", "tests/ops/", "tests/simulation/")


class ByUnit(LoadScopeScheduling):
    """Hands whole units to workers, in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: Producer | None) -> None:
        # Else those of most tests come first, which are not those that take longest.
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def unit_of(nodeid: str) -> str:
    path, _, name = nodeid.partition("::")
    if path.startswith("tests/infra/"):
        # Each file reads the same templates.
        return "tests/infra"
    return "dynalite" if "[dynalite" in name else path


def turn_of(nodeid: str) -> int:
    """The place of a test's unit in the order: the lowest comes first."""
    return next((place for place, folder in enumerate(FIRST) if nodeid.startswith(folder)), len(FIRST))
