"""The tables of docs/ that are made from this package.  `python -m infra.tables` writes them anew."""

from collections.abc import Iterable, Mapping
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

from derive.tables import Table
from infra.config import StageConfig, declared_resources
from infra.permissions import PERMISSIONS
from infra.stages import STAGES
from shared.declaring import allowed

DOCS = Path(__file__).resolve().parents[1] / "docs"


def rights() -> Iterable[str]:
    yield from ("| function | resource | actions |", "|---|---|---|")
    for function, resources in PERMISSIONS.items():
        for resource, actions in resources.items():
            yield f"| {function} | {resource} | {', '.join(f'`{action}`' for action in actions)} |"


def settings() -> Iterable[str]:
    yield from ("| setting | dev | prod | allowed | meaning |", "|---|---|---|---|---|")
    for one in fields(StageConfig):
        if one.name != "stage":
            stages = " | ".join(_shown(getattr(STAGES[stage], one.name)) for stage in ("dev", "prod"))
            yield f"| `{one.name}` | {stages} | {_allowed(one)} | {one.metadata['meaning']} |"


def resources() -> Iterable[str]:
    yield from ("| variable | names |", "|---|---|")
    for one in declared_resources():
        yield f"| `{one.name.upper()}` | {one.metadata['meaning']} |"


def _allowed(one: Field[Any]) -> str:
    words = allowed(one)
    return words if one.type in (int, bool) else f"`{words}`"


def _shown(value: object) -> str:
    if value in (None, "", {}):
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={count}" for name, count in value.items())
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:,}" if isinstance(value, int) else str(value)


TABLES = (
    Table(DOCS / "security.md", "rights", rights, "infra.tables"),
    Table(DOCS / "operations.md", "settings", settings, "infra.tables"),
    Table(DOCS / "operations.md", "resources", resources, "infra.tables"),
)


def main() -> None:
    for table in TABLES:
        table.page.write_text(table.current())


if __name__ == "__main__":
    main()
