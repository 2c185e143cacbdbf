import asyncio
from pathlib import Path

import pytest

from local.lambda_runtime.reload import changes, watched_folders

pytestmark = [pytest.mark.network]


def test_only_folders_that_may_hold_code_are_watched(tmp_path: Path) -> None:
    for name in ("shared", "functions", "node_modules", ".venv", "tests", "__pycache__"):
        (tmp_path / name).mkdir()
    assert [folder.name for folder in watched_folders(tmp_path)] == ["functions", "shared"]


async def test_a_changed_source_file_is_told(tmp_path: Path) -> None:
    source = tmp_path / "functions" / "handler.py"
    source.parent.mkdir()
    source.write_text("old = 1\n")

    async def first_change() -> list[Path]:
        return await anext(changes([tmp_path]))

    told = asyncio.create_task(first_change())

    async def save_until_seen() -> None:
        version = 0
        while not told.done():
            version += 1
            source.write_text(f"new = {version}\n")
            await asyncio.sleep(0.1)

    await asyncio.wait_for(asyncio.gather(save_until_seen(), told), timeout=20)
    assert told.result() == [source]
