"""What goes into the wheel from the repository around it: the local run, its page, its behaviours."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

REPOSITORY = Path(__file__).parents[2]
PROGRAM = "tidings_local/_program"
# This repository's own application, and the commands that look into its tables.
OURS = {
    "distribution",
    "planned.py",
    "project.py",
    "quiet.py",
    "receipt.py",
    "running_tables.py",
    "synth.py",
    "web/__init__.py",
    "web/backend.py",
    "web/application.py",
}
GENERATED = {"__pycache__", "node_modules"}
PAGE_CLIENT = "clients/javascript/src"


def included() -> Iterator[Path]:
    """Files, relative to the repository."""
    for folder in ("local", PAGE_CLIENT):
        for file in sorted((REPOSITORY / folder).rglob("*")):
            within = file.relative_to(REPOSITORY / "local") if folder == "local" else Path(file.name)
            parts = {within.as_posix(), within.parts[0]} if folder == "local" else set()
            if file.is_file() and not parts & OURS and not GENERATED & set(file.parts):
                yield file.relative_to(REPOSITORY)
    yield Path("LICENSE")


class Files(BuildHookInterface):  # type: ignore[type-arg]  # its configuration is nobody's concern
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        del version
        for file in included():
            build_data["force_include"][str(REPOSITORY / file)] = f"{PROGRAM}/{file.as_posix()}"


class Readme(MetadataHookInterface):
    def update(self, metadata: dict[str, Any]) -> None:
        text = (Path(__file__).parent / "README.md").read_text()
        behaviours = (REPOSITORY / "docs/local-gateway.md").read_text().partition("\n## Behaviours\n")[2]
        # Links into the repository lead nowhere from here.
        behaviours = re.sub(r"\[([^\]]+)\]\((?!https?:)[^)]+\)", r"\1", behaviours)
        readme = f"{text}\n## Behaviours\n{behaviours}"
        metadata["readme"] = {"content-type": "text/markdown", "text": readme}
