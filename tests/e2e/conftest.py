import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.system import REPOSITORY, System


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One system for all tests that do not restart it. Each test uses users and connections of its own."""
    started = System.start(tmp_path_factory.mktemp("system"))
    yield started
    assert started.stop() == 0


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels that other projects install."""
    folder = tmp_path_factory.mktemp("wheels")
    command = [REPOSITORY / "scripts/build-wheels", Path(sys.executable).parent, folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own script
    assert done.returncode == 0, done.stdout + done.stderr
    return folder
