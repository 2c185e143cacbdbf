"""The tables of docs/ that are made from this package.  `python -m infra.tables` writes them anew."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, fields
from pathlib import Path
from typing import Any, NamedTuple

from infra.config import StageConfig, declared_resources
from infra.permissions import PERMISSIONS
from infra.stages import STAGES
from shared.declaring import allowed

DOCS = Path(__file__).resolve().parents[1] / "docs"


class Table(NamedTuple):
    page: Path
    name: str
    """Stands in the page's two comments around the table."""
    lines: Callable[[], Iterable[str]]

    def current(self) -> str:
        """The page with the table as it must be."""
        begin, end = f"<!-- {self.name}: written by infra.tables -->\n", f"<!-- end of {self.name} -->\n"
        before, found, rest = self.page.read_text().partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"{self.page.name} lacks the comments around the table {self.name}")
        table = "".join(f"{line}\n" for line in self.lines())
        return f"{before}{begin}{table}{end}{after}"


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
    Table(DOCS / "security.md", "rights", rights),
    Table(DOCS / "operations.md", "settings", settings),
    Table(DOCS / "operations.md", "resources", resources),
)


def main() -> None:
    for table in TABLES:
        table.page.write_text(table.current())


if __name__ == "__main__":
    main()
