"""Watches the code of the functions and says when a source file has changed."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from watchfiles import PythonFilter, awatch

NODE_SOURCES = (".js", ".mjs", ".cjs")
SOURCES = {".py", *NODE_SOURCES}
# Folders that no function is made of; node_modules alone could use up the system's watches.
NOT_CODE = {
    "node_modules",
    "cdk.out",
    "dist",
    "build",
    "tests",
    "docs",
    "benchmarks",
    "clients",
    "venv",
    "infra",
}


def watched_folders(code_root: Path) -> list[Path]:
    return [
        folder
        for folder in sorted(code_root.iterdir())
        if folder.is_dir() and folder.name not in NOT_CODE and not folder.name.startswith((".", "__"))
    ]


async def changes(code_roots: Iterable[Path]) -> AsyncIterator[list[Path]]:
    """Yields the files of each change; a save that touches several files is one change."""
    roots = set(code_roots)
    folders = [folder for root in roots for folder in watched_folders(root)]
    files = [file for root in roots for file in root.iterdir() if file.suffix in SOURCES]
    if not folders and not files:
        return
    async for batch in awatch(*folders, *files, watch_filter=PythonFilter(extra_extensions=NODE_SOURCES)):
        yield sorted(Path(path) for _, path in batch)
