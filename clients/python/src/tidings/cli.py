"""The command `tidings`: listen on a terminal, publish from one."""

import argparse
import asyncio
import importlib
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from tidings.catalog import Catalog, DeclarationError
from tidings.listen import listen
from tidings.loading import DEFAULT, load, load_default
from tidings.read_inbox import read_inbox
from tidings.system import with_system

LOCAL_PORT = "8000"
WAIT_SECONDS = 10.0
SHELLS = ("bash", "zsh", "tcsh")


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line; the usage is for who asks for it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}. See {self.prog} --help\n")


def parser(catalog: Catalog, environment: Mapping[str, str] = os.environ) -> argparse.ArgumentParser:
    """Knows the channels and event types of this catalogue, and the system's."""
    types = with_system(catalog).types
    top = OneLineParser(prog="tidings", description="Listen to real-time events, and publish them.")
    commands = top.add_subparsers(required=True, metavar="command")

    hear = commands.add_parser("listen", help="print events as they arrive")
    hear.add_argument(
        "--channels",
        type=_channels_of(catalog),
        default=list(with_system(catalog).channels),
        metavar="NAME,NAME",
        help="default: all without parameters",
    )
    hear.add_argument("--user", metavar="ID", help="also this user's own events")
    _add_server(hear, environment)
    hear.add_argument("--json", action="store_true", help="one message a line on standard output, as it came")
    hear.add_argument("--count", type=int, metavar="N", help="stop after N events")
    hear.add_argument("--resume", metavar="FILE", help="keep there what was printed, and go on after it")
    _add_events(hear)
    hear.set_defaults(run=lambda given: asyncio.run(listen(given)))

    items = commands.add_parser("inbox", help="print the newest items of a user's inbox")
    items.add_argument("--user", metavar="ID", help="whose; with a token it is the token's")
    _add_server(items, environment)
    items.add_argument("--limit", type=int, default=20, metavar="N", help="default: %(default)s")
    items.add_argument("--before", type=int, metavar="NUMBER", help="only items older than this one")
    items.add_argument("--seen", type=int, metavar="NUMBER", help="mark items up to this one as seen instead")
    items.add_argument("--json", action="store_true", help="one item a line, as it came, and nothing else")
    items.set_defaults(run=lambda given: asyncio.run(read_inbox(given)))

    put = commands.add_parser("publish", help="check one event and put it on the bus")
    put.add_argument(
        "event_type", type=_type_of(catalog), choices=sorted(types), metavar="type", help=", ".join(types)
    )
    put.add_argument("--data", metavar="JSON", help="JSON, @file, or - for standard input")
    put.add_argument("--user", metavar="ID", help="only to this user")
    put.add_argument("--id", help="idempotency key; the same id is delivered once")
    put.add_argument("--deliver-at", metavar="TIME", help="2025-11-15T13:45:00Z, or +90s, +10m, +2h, +1d")
    put.add_argument("--schedule-key", metavar="KEY", help="the same key again moves a scheduled event")
    put.add_argument("--source", default="tidings-cli", help="default: %(default)s")
    put.add_argument(
        "--wait",
        nargs="?",
        type=float,
        const=WAIT_SECONDS,
        metavar="SECONDS",
        help=f"say what became of it: delivered to how many, or why rejected (default {WAIT_SECONDS:g} s)",
    )
    put.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    _add_account(put)
    _add_events(put)
    put.set_defaults(run=_with("publish", needs="tidings[producer]"), catalog=catalog)

    _add_ticket(commands.add_parser("ticket", help="issue a one-time ticket to connect with"), catalog)

    _add_project(commands)

    complete = commands.add_parser("completion", help="print a shell's completion script")
    complete.add_argument("shell", choices=SHELLS, help='bash: eval "$(tidings completion bash)"')
    _add_events(complete)
    complete.set_defaults(run=_with("completion", needs="tidings[cli]"), catalog=catalog)
    return top


def _add_ticket(command: argparse.ArgumentParser, catalog: Catalog) -> None:
    command.add_argument("--user", required=True, metavar="ID")
    command.add_argument("--table", help="default: the stage's own, which is its stack's output AccessTable")
    command.add_argument("--origin", metavar="URL", help="only for pages of this origin")
    command.add_argument(
        "--channels",
        type=_channels_of(catalog, grants=True),
        metavar="GRANT,GRANT",
        help="only these channels: names, patterns 'orders/*', denials '!orders/7'",
    )
    command.add_argument(
        "--claims", type=_claims, metavar="JSON", help="what the channels' rules read, as an object"
    )
    command.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    _add_account(command)
    _add_events(command)
    command.set_defaults(run=_with("ticket", needs="tidings[producer]"))


def _add_server(command: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
    local = f"ws://localhost:{environment.get('TIDINGS_PORT', LOCAL_PORT)}/api/v1/ws"
    command.add_argument("--url", default=environment.get("TIDINGS_URL", local), help="default: %(default)s")
    command.add_argument("--token", default=environment.get("TIDINGS_TOKEN"), help="or set TIDINGS_TOKEN")


def _add_project(commands: Any) -> None:
    """What the package tidings-cdk brings."""
    begin = commands.add_parser("new", help="make a project with a stack, events and tests of its own")
    begin.add_argument("name", metavar="NAME", help="of the project and its folder, as in my-shop")
    begin.set_defaults(run=_with("new", needs="tidings-cdk", of="tidings_cdk"))

    write = commands.add_parser("types", help="write the TypeScript types of the application's events")
    write.add_argument("--out", metavar="FILE", help="default: types.ts beside the events")
    _add_events(write)
    write.set_defaults(run=_with("types", needs="tidings-cdk", of="tidings_cdk"))


def _add_account(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--stage", default="local", help="local, or a stage of your AWS account (your credentials are used)"
    )
    command.add_argument("--endpoint-url", help="default for local: http://localhost:4566")


def _add_events(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--events",
        metavar="MODULE",
        help=f"the module with the application's catalogue (default: {DEFAULT}, where there is one)",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    # Read before all else: what the other arguments may be depends on it.
    first = OneLineParser(prog="tidings", add_help=False, allow_abbrev=False)
    first.add_argument("--events")
    module = first.parse_known_args(arguments)[0].events
    try:
        catalog = load_default() if module is None else load(module)
        given = parser(catalog).parse_args(arguments)
    except DeclarationError as wrong:
        print(wrong, file=sys.stderr)
        return 2
    try:
        return int(given.run(given))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone, as in `tidings listen | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _with(name: str, *, needs: str, of: str = "tidings") -> Callable[[argparse.Namespace], Any]:
    """The command of that name, from the module of that name: only who uses it needs its libraries."""

    def run(given: argparse.Namespace) -> int:
        try:
            module = importlib.import_module(f"{of}.{name}")
        except ImportError as exc:
            print(f"{exc.name} is missing: pip install '{needs}'", file=sys.stderr)
            return 1
        return int(getattr(module, name)(given))

    return run


def _channels_of(catalog: Catalog, *, grants: bool = False) -> Callable[[str], list[str]]:
    """`grants`: also patterns and denials, which nobody subscribes to."""
    known = with_system(catalog)

    def channels(text: str) -> list[str]:
        asked = [name.strip() for name in text.split(",") if name.strip()]
        names = [name for name in asked if not (grants and ("*" in name or name.startswith("!")))]
        unknown = sorted(name for name in names if known.channel(name) is None)
        # Without a catalogue only the server knows.
        if unknown and catalog.declared:
            raise argparse.ArgumentTypeError(
                f"no channel {', '.join(unknown)}; there are {', '.join(known.declared)}"
            )
        return asked

    return channels


def _claims(text: str) -> dict[str, Any]:
    try:
        claims = json.loads(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"not JSON: {exc}") from exc
    if not isinstance(claims, dict):
        raise argparse.ArgumentTypeError("""an object, such as '{"teams": ["red"]}'""")
    return claims


def _type_of(catalog: Catalog) -> Callable[[str], str]:
    types = with_system(catalog).types

    def event_type(text: str) -> str:
        if text not in types:
            unread = "" if catalog.types else f". There is no module {DEFAULT} here: name yours with --events"
            raise argparse.ArgumentTypeError(f"no event type {text}; there are {', '.join(types)}{unread}")
        return text

    return event_type
