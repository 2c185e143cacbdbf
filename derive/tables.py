"""Tables of the docs that are made from code, each between two comments of its page."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tidings.catalog import Catalog, EventType
from tidings.system import with_system

Schema = Mapping[str, Any]

CONFLATED, TO_EVERYBODY = " ¹", " ²"


class Table(NamedTuple):
    page: Path
    name: str
    """Stands in the page's two comments around the table."""
    lines: Callable[[], Iterable[str]]
    written_by: str
    """The command that writes it anew."""

    def current(self) -> str:
        """The page with the table as it must be. Raises ValueError without the comments."""
        begin, end = f"<!-- {self.name}: written by {self.written_by} -->\n", f"<!-- end of {self.name} -->\n"
        before, found, rest = self.page.read_text().partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"{self.page.name} lacks the comments around the table {self.name}")
        table = "".join(f"{line}\n" for line in self.lines())
        return f"{before}{begin}{table}{end}{after}"


def events_table(page: Path, catalog: Catalog) -> Table:
    return Table(page, "events", lambda: _events(with_system(catalog)), "make types")


def _events(catalog: Catalog) -> Iterator[str]:
    yield from ("| channel | event type | payload (`data`) |", "|---|---|---|")
    for channel in (*catalog.declared, None):
        first = f"`{channel}`" if channel else "none: for the bus"
        for entry in catalog.types.values():
            if entry.channel == channel:
                yield f"| {first} | `{entry.name}`{_mark(entry)} | {_payload(entry)} |"
                first = ""


def _mark(entry: EventType) -> str:
    if entry.conflation:
        return CONFLATED
    return TO_EVERYBODY if entry.name == "system.ping" else ""


def _payload(entry: EventType) -> str:
    schema = entry.payload.model_json_schema()
    return _fields(schema, schema.get("$defs", {})) or "none needed"


def _fields(schema: Schema, parts: Mapping[str, Schema], above: tuple[str, ...] = ()) -> str:
    required = schema.get("required", ())
    return " ".join(
        f"{'' if name in required else 'optional '}`{name}`{_said(field, parts, above)}"
        for name, field in schema.get("properties", {}).items()
    )


def _said(field: Schema, parts: Mapping[str, Schema], above: tuple[str, ...]) -> str:
    """What a reader cannot guess from the name: allowed values, a range, the fields of a part."""
    match field:
        case {"$ref": reference}:
            name = str(reference).rpartition("/")[2]
            return "" if name in above else f" ({_fields(parts[name], parts, (*above, name))})"
        case {"items": {"$ref": _} as items}:
            return _said(items, parts, above)
        case {"enum": values}:
            return f" ({', '.join(map(str, values))})"
        case {"minimum": least, "maximum": most}:
            return f" ({least:g} to {most:g})"
    return ""
