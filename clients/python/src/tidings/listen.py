"""`tidings listen`: events on a terminal, until Ctrl-C."""

import argparse
import sys
from typing import Any

from websockets.exceptions import InvalidURI

from tidings.client import Client
from tidings.errors import TidingsError
from tidings.event import Event
from tidings.inbox import InboxCounts
from tidings.memory import Recovery
from tidings.status import Status
from tidings.terminal import BOLD, DIM, YELLOW, Paint, as_json, complain, painter

# An event type's channel always gets the same colour, whatever the catalogue holds.
COLOURS = tuple(f"\033[{code}m" for code in (34, 35, 36, 33, 32, 95, 94, 96))


async def listen(given: argparse.Namespace) -> int:
    paint = painter(sys.stdout)
    left = given.count
    try:
        client = Client(
            given.url,
            user_id=given.user,
            channels=given.channels,
            token=given.token,
            positions=given.resume,
            **_callbacks(quiet=given.json),
        )
        async with client:
            async for event in client:
                print(as_json(event.message) if given.json else pretty(event, paint), flush=True)
                if left is not None and (left := left - 1) <= 0:
                    break
    except (TidingsError, ValueError, InvalidURI) as refused:
        complain(refused)
        return 1
    return 0


def _callbacks(*, quiet: bool) -> dict[str, Any]:
    """What is said on standard error. `quiet`: only of the connection, and of what is lost."""
    paint = painter(sys.stderr)

    def say(text: str) -> None:
        print(paint(DIM, text), file=sys.stderr, flush=True)

    def on_status(status: Status) -> None:
        if status.state != "closed":
            say(describe(status))

    def on_recovery(recovery: Recovery) -> None:
        if recovery.state == "state_lost":
            complain(f"events of {recovery.stream} are lost for good ({recovery.reason})")
        elif not quiet:
            say(describe_recovery(recovery))

    def on_inbox(counts: InboxCounts) -> None:
        if not quiet:
            say(f"inbox: {counts.unseen} unseen")

    return {"on_status": on_status, "on_recovery": on_recovery, "on_inbox": on_inbox}


def describe(status: Status) -> str:
    match status.state:
        case "open":
            return f"connected as {status.connection_id}"
        case "reconnecting" if status.retry_in_seconds is not None:
            return f"{status.reason}; next try in {status.retry_in_seconds:.1f} s (attempt {status.attempt})"
        case _:
            return f"{status.state} …"


def describe_recovery(recovery: Recovery) -> str:
    if recovery.state == "recovering":
        return f"reading what was missed of {recovery.stream} …"
    return f"recovered {recovery.count} event{'' if recovery.count == 1 else 's'} of {recovery.stream}"


def pretty(event: Event, paint: Paint) -> str:
    data = event.data if isinstance(event.data, dict) else {"data": event.data}
    fields = "  ".join(f"{paint(DIM, name)} {as_json(value)}" for name, value in data.items())
    kind = paint(BOLD + colour_of(event.channel), f"{event.type:<26}")
    mark = paint(YELLOW, "recovered  ") if event.recovered else ""
    return f"{paint(DIM, event.timestamp[11:19])}  {kind}  {mark}{fields}"


def colour_of(channel: str | None) -> str:
    return COLOURS[sum(channel.encode()) % len(COLOURS)] if channel else ""
