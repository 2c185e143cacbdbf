"""`tidings listen`: events on a terminal, until Ctrl-C."""

import argparse
import json
import sys
from collections.abc import Callable

from tidings.client import Client
from tidings.errors import ConnectionRefused
from tidings.event import Event
from tidings.status import Status

RESET, DIM, BOLD, RED = "\033[0m", "\033[2m", "\033[1m", "\033[31m"
COLOURS = {
    "jobs": "\033[34m",
    "applications": "\033[35m",
    "recommendations": "\033[36m",
    "skills": "\033[33m",
    "followups": "\033[32m",
    "interviews": "\033[95m",
}

Paint = Callable[[str, str], str]


async def listen(given: argparse.Namespace) -> int:
    paint = _painter(coloured=sys.stdout.isatty())

    def tell(status: Status) -> None:
        if status.state != "closed":
            print(paint(DIM, describe(status)), file=sys.stderr, flush=True)

    client = Client(given.url, user_id=given.user, channels=given.channels, token=given.token, on_status=tell)
    left = given.count
    try:
        async with client:
            async for event in client:
                line = json.dumps(event.message, ensure_ascii=False) if given.json else pretty(event, paint)
                print(line, flush=True)
                if left is not None and (left := left - 1) <= 0:
                    break
    except ConnectionRefused as refused:
        print(paint(RED, str(refused)), file=sys.stderr)
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
    data = event.data.model_dump(mode="json", exclude_unset=True)
    fields = "  ".join(f"{paint(DIM, name)} {_printable(value)}" for name, value in data.items())
    kind = paint(BOLD + COLOURS.get(event.channel or "", ""), f"{event.type:<26}")
    return f"{paint(DIM, event.timestamp[11:19])}  {kind}  {fields}"


def _printable(value: object) -> str:
    # What others wrote must not steer the terminal: JSON escapes control characters.
    return json.dumps(value, ensure_ascii=True)


def _painter(*, coloured: bool) -> Paint:
    return (lambda style, text: f"{style}{text}{RESET}") if coloured else (lambda _style, text: text)
