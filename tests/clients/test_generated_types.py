"""The clients' event types are those of the catalogue."""

from pathlib import Path

import pytest

from clients.generate_types import GENERATED


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.name)
def test_generated_file_is_current(path: Path) -> None:
    current = GENERATED[path]()

    assert path.read_text(encoding="utf-8") == current, "run: .venv/bin/python -m clients.generate_types"
