"""Shows what functions log: one readable line each, coloured by function.

Powertools writes JSON lines, and metrics in CloudWatch's embedded format (EMF); both are rendered, anything
else is shown as it is.
"""

import json
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

from rich.console import Console
from rich.text import Text

Metrics = Literal["short", "hidden"]
Shown = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]
"""The fields of a log line worth showing; None hides the line."""

COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "bright_cyan", "bright_green", "bright_magenta")
LEVELS = {
    "DEBUG": "dim",
    "INFO": "",
    "WARNING": "yellow",
    "ERROR": "bold red",
    "CRITICAL": "bold white on red",
}
# What Powertools adds to each line and a developer knows already.
KNOWN = {
    "level",
    "location",
    "message",
    "timestamp",
    "service",
    "cold_start",
    "function_name",
    "function_memory_size",
    "function_arn",
    "function_request_id",
    "xray_trace_id",
    "sampling_rate",
    "exception",
    "exception_name",
    "stack_trace",
}


class ConsoleLogs:
    """A LogSink for people."""

    def __init__(
        self,
        console: Console,
        *,
        metrics: Metrics = "hidden",
        prefix: str = "",
        shown: Shown = lambda entry: entry,
    ) -> None:
        """Show names without the `prefix` that all functions of a stack share."""
        self._console = console
        self._shown = shown
        self._metrics = metrics
        self._prefix = prefix

    def line(self, function: str, text: str) -> None:
        name = function.removeprefix(self._prefix)
        rendered = render(
            name, text, metrics=self._metrics, at=datetime.now().astimezone(), shown=self._shown
        )
        if rendered is not None:
            self._console.print(rendered, soft_wrap=True)

    def platform(self, function: str, text: str) -> None:
        line = _prefix(function.removeprefix(self._prefix), datetime.now().astimezone())
        self._console.print(line.append(text, style="red"), soft_wrap=True)


def render(
    function: str, text: str, *, metrics: Metrics, at: datetime, shown: Shown = lambda entry: entry
) -> Text | None:
    """The line to show, None for one that is hidden."""
    if not text.strip():
        return None
    entry = _json_object(text)
    line = _prefix(function, at)
    if entry is None:
        return line.append(text)
    if "_aws" in entry:
        return None if metrics == "hidden" else line.append(_metric_values(entry), style="dim")
    selected = shown(entry)
    if selected is None:
        return None
    level = str(entry.get("level", ""))
    line.append(f"{level:<7} ", style=LEVELS.get(level, ""))
    message = entry.get("message", "")
    line.append(message if isinstance(message, str) else json.dumps(message))
    for key, value in selected.items():
        if key not in KNOWN and value is not None:
            line.append(f" {key}=", style="dim").append(_short(value))
    if entry.get("exception"):
        line.append("\n" + str(entry["exception"]), style="red")
    return line


def _prefix(function: str, at: datetime) -> Text:
    colour = COLOURS[zlib.crc32(function.encode()) % len(COLOURS)]
    return Text(f"{at:%H:%M:%S} ", style="dim").append(f"{function} ", style=colour)


def _json_object(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        entry = json.loads(text)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _metric_values(entry: dict[str, Any]) -> str:
    names = [
        metric["Name"]
        for directive in entry["_aws"].get("CloudWatchMetrics", [])
        for metric in directive.get("Metrics", [])
    ]
    return "metric " + " ".join(f"{name}={_short(entry.get(name))}" for name in names)


def _short(value: Any) -> str:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, str) else json.dumps(value)
