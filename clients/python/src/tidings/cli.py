"""The command `tidings`: listen on a terminal, publish from one."""

import argparse
import asyncio
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import get_args

from tidings.events import PAYLOADS, Channel
from tidings.listen import listen

LOCAL_URL = "ws://localhost:8000/api/v1/ws"


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="tidings", description="Listen to real-time events, and publish them.")
    commands = top.add_subparsers(required=True, metavar="command")

    hear = commands.add_parser("listen", help="print events as they arrive")
    hear.add_argument(
        "--channels", type=_channels, default=list(get_args(Channel)), metavar="jobs,interviews"
    )
    hear.add_argument("--user", metavar="ID", help="also this user's own events")
    hear.add_argument("--url", default=os.environ.get("TIDINGS_URL", LOCAL_URL), help="default: %(default)s")
    hear.add_argument("--token", default=os.environ.get("TIDINGS_TOKEN"), help="or set TIDINGS_TOKEN")
    hear.add_argument("--json", action="store_true", help="one message a line, as it came")
    hear.add_argument("--count", type=int, metavar="N", help="stop after N events")
    hear.set_defaults(run=lambda given: asyncio.run(listen(given)))

    put = commands.add_parser("publish", help="put one event on the bus")
    put.add_argument("event_type", choices=sorted(PAYLOADS), metavar="type", help=", ".join(PAYLOADS))
    put.add_argument("--data", required=True, help="JSON, @file, or - for standard input")
    put.add_argument("--user", metavar="ID", help="only to this user")
    put.add_argument("--id", help="idempotency key; the same id is delivered once")
    put.add_argument("--deliver-at", metavar="TIME", help="2025-11-15T13:45:00Z")
    put.add_argument("--schedule-key", metavar="KEY", help="the same key again moves a scheduled event")
    put.add_argument("--source", default="tidings-cli", help="default: %(default)s")
    _add_account(put)
    put.set_defaults(run=_with_boto3("publish"))

    admit = commands.add_parser("ticket", help="issue a one-time ticket to connect with")
    admit.add_argument("--user", required=True, metavar="ID")
    admit.add_argument("--table", required=True, help="the stack's output AccessTable")
    admit.add_argument("--origin", metavar="URL", help="only for pages of this origin")
    admit.add_argument("--channels", type=_channels, metavar="jobs,interviews", help="only these channels")
    _add_account(admit)
    admit.set_defaults(run=_with_boto3("ticket"))
    return top


def _add_account(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--stage", default="local", help="local, or a stage of your AWS account (your credentials are used)"
    )
    command.add_argument("--endpoint-url", help="default for local: http://localhost:4566")


def main(arguments: Sequence[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    try:
        return int(given.run(given))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone, as in `tidings listen | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _with_boto3(name: str) -> Callable[[argparse.Namespace], int]:
    """The command of that name, from the module of that name: only who uses it needs boto3."""

    def run(given: argparse.Namespace) -> int:
        try:
            module = importlib.import_module(f"tidings.{name}")
        except ImportError:
            print("boto3 is missing: pip install 'tidings[producer]'", file=sys.stderr)
            return 1
        return int(getattr(module, name)(given))

    return run


def _channels(text: str) -> list[str]:
    asked = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := sorted(set(asked) - set(get_args(Channel))):
        raise argparse.ArgumentTypeError(
            f"no channel {', '.join(unknown)}; there are {', '.join(get_args(Channel))}"
        )
    return asked
