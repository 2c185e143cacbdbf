"""`make ops STAGE=prod ARGS=doctor`: looks after a stage, the local one and those on AWS alike."""

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from rich.console import Console
from rich.table import Table

from ops import drain, redrive, tail, why
from ops.doctor import doctor
from ops.rights import policy
from ops.rows import connections_of
from ops.stage import LOCAL, Stage, StageNotFoundError, open_stage
from ops.waiting import DEFAULT_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

# The longest delay of a delivery is 15 minutes.
DRAIN_SECONDS = 1_000.0
TAIL_SECONDS = 600.0


def main(arguments: list[str] | None = None, console: Console | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        return _carry_out(asked, open_stage(asked.stage), console or Console())
    except EndpointConnectionError as problem:
        start = " Start the local system with `make run`." if asked.stage == LOCAL else ""
        Console(stderr=True).print(f"{problem}.{start}".replace("..", "."), style="red", markup=False)
        return 2
    except (StageNotFoundError, BotoCoreError, ClientError, RuntimeError) as problem:
        Console(stderr=True).print(str(problem), style="red", markup=False)
        return 2
    except KeyboardInterrupt:
        return 130


def _carry_out(asked: argparse.Namespace, stage: Stage, console: Console) -> int:
    def drained() -> int:
        if asked.undo:
            return drain.undo(stage, console=console)
        return drain.drain(stage, go=asked.go, wait_seconds=asked.wait, console=console)

    def shown() -> int:
        console.print_json(json.dumps(policy(stage)))
        return 0

    commands: dict[str, Callable[[], int]] = {
        "doctor": lambda: doctor(stage, console=console),
        "redrive": lambda: redrive.redrive(
            stage, asked.queue, go=asked.go, limit=asked.limit, console=console
        ),
        "connections": lambda: _connections(stage, asked.user, console),
        "why": lambda: why.why(stage, asked.event, asked.user, console=console),
        "tail": lambda: tail.tail(
            stage, user_id=asked.user, event_type=asked.type, seconds=asked.seconds, console=console
        ),
        "drain": drained,
        "policy": shown,
    }
    return commands[asked.command]()


def _connections(stage: Stage, user_id: str, console: Console) -> int:
    found = connections_of(stage, user_id)
    if not found:
        console.print(f"{user_id} is not connected.")
        return 1
    table = Table("connection", "for", "ends in", "hears", title=f"{user_id}: {len(found)} open")
    for one in found:
        hears = ", ".join(one.channels) or "nothing"
        table.add_row(
            one.connection_id,
            f"{time.time() - one.connected_at:,.0f} s",
            f"{one.ends_at - time.time():,.0f} s",
            hears if one.known else "nothing: its own row is gone, its next ping ends it",
        )
    console.print(table)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ops", description=__doc__)
    parser.add_argument(
        "--stage", default=LOCAL, help="which (%(default)s); others with the AWS credentials you have"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    commands.add_parser("doctor", help="what is wrong with the stage, and what to do")
    one = commands.add_parser(
        "redrive", help="send on what waits in a failure queue; says first what it would do"
    )
    one.add_argument("queue", choices=sorted(redrive.QUEUES))
    one.add_argument("--go", action="store_true", help="do it")
    one.add_argument("--limit", type=int, default=DEFAULT_LIMIT, help="messages at most (%(default)s)")
    one = commands.add_parser("connections", help="a user's open connections, and what they hear")
    one.add_argument("user")
    one = commands.add_parser("why", help="what became of an event")
    one.add_argument("event", help="its id")
    one.add_argument("user", nargs="?", help="and what this user could have heard")
    one = commands.add_parser("tail", help="print events as they reach the bus, and what becomes of them")
    one.add_argument("--user", help="only events to this user")
    one.add_argument("--type", help="only events of this type")
    one.add_argument("--seconds", type=float, default=TAIL_SECONDS, help="ends by itself (%(default).0f)")
    one = commands.add_parser(
        "drain", help="let the stage come to rest before it is deleted; dry without --go"
    )
    one.add_argument("--go", action="store_true", help="do it")
    one.add_argument("--undo", action="store_true", help="turn everything on again")
    one.add_argument("--wait", type=float, default=DRAIN_SECONDS, metavar="SECONDS", help="(%(default).0f)")
    commands.add_parser("policy", help="the rights that all of this takes, as an IAM policy")
    return parser


if __name__ == "__main__":
    sys.exit(main())
