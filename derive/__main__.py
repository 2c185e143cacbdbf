"""What is derived from a catalogue.  python -m derive types"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from derive.typescript import typescript
from tidings.errors import DeclarationError
from tidings.loading import DEFAULT, load


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m derive", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    types = commands.add_parser("types", help="write the TypeScript types of a catalogue")
    types.add_argument("--events", default=DEFAULT, metavar="MODULE")
    types.add_argument("--out", type=Path, metavar="FILE", help="default: types.ts beside the module")
    types.set_defaults(run=_types)
    given = parser.parse_args(arguments)
    try:
        given.run(given)
    except (DeclarationError, OSError, ValueError) as wrong:
        print(wrong, file=sys.stderr)
        return 1
    return 0


def _types(given: argparse.Namespace) -> None:
    text = typescript(load(given.events))
    out = given.out or _beside(given.events)
    out.write_text(text, encoding="utf-8")
    print(f"TypeScript types: {out}")


def _beside(module: str) -> Path:
    found = Path(str(sys.modules[module].__file__)).with_name("types.ts")
    return found.relative_to(Path.cwd()) if found.is_relative_to(Path.cwd()) else found


if __name__ == "__main__":
    raise SystemExit(main())
