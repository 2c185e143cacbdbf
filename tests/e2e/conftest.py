from collections.abc import Iterator

import pytest

from tests.e2e.system import System


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One system for all tests that do not restart it. Each test uses users and connections of its own."""
    started = System.start(tmp_path_factory.mktemp("system"))
    yield started
    assert started.stop() == 0
