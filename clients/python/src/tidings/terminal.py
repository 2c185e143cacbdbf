"""How the command prints: coloured for people, plain for pipes, one line for what went wrong."""

import json
import os
import sys
from collections.abc import Callable
from typing import TextIO

RESET, DIM, BOLD, RED, GREEN, YELLOW = "\033[0m", "\033[2m", "\033[1m", "\033[31m", "\033[32m", "\033[33m"

Paint = Callable[[str, str], str]


def painter(stream: TextIO) -> Paint:
    """Colours where the stream is a terminal and NO_COLOR (https://no-color.org) is not set."""
    if stream.isatty() and not os.environ.get("NO_COLOR"):
        return lambda style, text: f"{style}{text}{RESET}"
    return lambda _style, text: text


def complain(text: object) -> None:
    """One line about what went wrong, on standard error."""
    print(painter(sys.stderr)(RED, " ".join(str(text).split())), file=sys.stderr, flush=True)


def as_json(value: object) -> str:
    # What others wrote must not steer the terminal: JSON escapes control characters.
    return json.dumps(value, ensure_ascii=True)
