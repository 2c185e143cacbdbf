"""`tidings listen`: events on a terminal, until Ctrl-C."""

import argparse
import sys

from websockets.exceptions import InvalidURI

from tidings.client import Client
from tidings.errors import ConnectionRefused
from tidings.event import Event
from tidings.status import Status
from tidings.terminal import BOLD, DIM, Paint, as_json, complain, painter

# An event type's channel always gets the same colour, whatever the catalogue holds.
COLOURS = tuple(f"\033[{code}m" for code in (34, 35, 36, 33, 32, 95, 94, 96))


async def listen(given: argparse.Namespace) -> int:
    paint, paint_status = painter(sys.stdout), painter(sys.stderr)

    def tell(status: Status) -> None:
        if status.state != "closed":
            print(paint_status(DIM, describe(status)), file=sys.stderr, flush=True)

    left = given.count
    try:
        client = Client(
            given.url, user_id=given.user, channels=given.channels, token=given.token, on_status=tell
        )
        async with client:
            async for event in client:
                print(as_json(event.message) if given.json else pretty(event, paint), flush=True)
                if left is not None and (left := left - 1) <= 0:
                    break
    except (ConnectionRefused, ValueError, InvalidURI) as refused:
        complain(refused)
        return 1
    return 0


def describe(status: Status) -> str:
    match status.state:
        case "open":
            return f"connected as {status.connection_id}"
        case "reconnecting" if status.retry_in_seconds is not None:
            return f"{status.reason}; next try in {status.retry_in_seconds:.1f} s (attempt {status.attempt})"
        case _:
            return f"{status.state} …"


def pretty(event: Event, paint: Paint) -> str:
    data = event.data if isinstance(event.data, dict) else {"data": event.data}
    fields = "  ".join(f"{paint(DIM, name)} {as_json(value)}" for name, value in data.items())
    kind = paint(BOLD + colour_of(event.channel), f"{event.type:<26}")
    return f"{paint(DIM, event.timestamp[11:19])}  {kind}  {fields}"


def colour_of(channel: str | None) -> str:
    return COLOURS[sum(channel.encode()) % len(COLOURS)] if channel else ""
