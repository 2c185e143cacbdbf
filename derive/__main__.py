"""What is derived from a catalogue, and whether it is in order.  python -m derive --help"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from derive.asyncapi import asyncapi
from derive.compare import compare
from derive.revisions import RevisionError, at_revision, read
from derive.schemas import schemas
from derive.tables import events_table
from derive.typescript import typescript
from tidings.errors import DeclarationError
from tidings.loading import DEFAULT, find, load

FINE, BREAKS, WRONG = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m derive", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    types = commands.add_parser("types", help="write the TypeScript types of a catalogue")
    types.add_argument("--out", type=Path, metavar="FILE", help="default: types.ts beside the module")
    types.set_defaults(run=_types)
    table = commands.add_parser("table", help="write the table of channels and event types in a page anew")
    table.add_argument("page", type=Path)
    table.set_defaults(run=_table)
    document = commands.add_parser(
        "asyncapi", help="write the AsyncAPI document, and a JSON Schema for each event type"
    )
    document.add_argument("--out", type=Path, default=Path(".cache/asyncapi"), metavar="FOLDER")
    document.set_defaults(run=_asyncapi)
    compared = commands.add_parser("compare", help="tell what changed since a revision, and what breaks")
    compared.add_argument("reference", metavar="REF")
    compared.set_defaults(run=_compare)
    check = commands.add_parser("check", help="send each type's sample through the system's checks")
    check.set_defaults(run=_check)
    for command in (types, table, document, compared, check):
        command.add_argument("--events", default=DEFAULT, metavar="MODULE", help="its name or its path")
    given = parser.parse_args(arguments)
    try:
        return int(given.run(given))
    except (DeclarationError, RevisionError, OSError, ValueError) as wrong:
        print(wrong, file=sys.stderr)
        return WRONG


def _types(given: argparse.Namespace) -> int:
    text = typescript(load(given.events))
    out = given.out or _beside(given.events)
    out.write_text(text, encoding="utf-8")
    print(f"TypeScript types: {out}")
    return FINE


def _check(given: argparse.Namespace) -> int:
    # Both are imported for this alone: the system's checks, and what draws tables.
    from rich.console import Console  # noqa: PLC0415

    from derive.check import check  # noqa: PLC0415

    return FINE if check(given.events, Console(highlight=False)) else WRONG


def _beside(events: str) -> Path:
    found = find(events).file.with_name("types.ts")
    return found.relative_to(Path.cwd()) if found.is_relative_to(Path.cwd()) else found


def _table(given: argparse.Namespace) -> int:
    table = events_table(given.page, load(given.events))
    given.page.write_text(table.current(), encoding="utf-8")
    print(f"Table of events: {given.page}")
    return FINE


def _asyncapi(given: argparse.Namespace) -> int:
    catalog = load(given.events)
    (given.out / "schemas").mkdir(parents=True, exist_ok=True)
    _write(given.out / "asyncapi.json", asyncapi(catalog))
    for name, schema in schemas(catalog).items():
        _write(given.out / "schemas" / f"{name}.json", schema)
    print(f"AsyncAPI 3.0: {given.out / 'asyncapi.json'}; JSON Schemas of the bus: {given.out / 'schemas'}")
    return FINE


def _write(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _compare(given: argparse.Namespace) -> int:
    module, below = given.events, "."
    if Path(module).exists():
        found = find(module)
        # The same folder of the revision, whose files lie elsewhere.
        module, below = found.module, os.path.relpath(found.root)
    changes = compare(
        at_revision(given.reference, module, below=below), read(Path.cwd(), module, below=below)
    )
    breaking = [change.text for change in changes if change.breaks]
    compatible = [change.text for change in changes if not change.breaks]
    for text in breaking:
        print(f"breaks      {text}")
    for text in compatible:
        print(f"compatible  {text}")
    print(f"Since {given.reference}: {len(breaking)} breaking, {len(compatible)} compatible changes.")
    return BREAKS if breaking else FINE


if __name__ == "__main__":
    raise SystemExit(main())
