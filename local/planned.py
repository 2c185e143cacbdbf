"""`make schedule`: what the local system has planned, for whom, and when. Reads the rows as they are."""

import argparse
import json
import os
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError
from rich.console import Console
from rich.table import Table

from local.running_tables import aws_endpoint, dynamodb_at, nothing_answers, tables_named
from local.settings import DEFAULT_PORT

# So many texts of a payload say what it is about.
TELLING = 2
UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    due_at: int
    event_type: str
    user_id: str | None
    about: str
    key: str
    on_the_queue: bool


def plans_of(rows: Iterable[Mapping[str, Any]], *, now: float) -> list[Plan]:
    """What is still to come, soonest first; what is overdue and not on the queue counts too."""
    plans = [
        Plan(
            due_at=int(row["due_at"]["N"]),
            event_type=row["event_type"]["S"],
            user_id=row.get("user_id", {}).get("S"),
            about=_about(json.loads(row["data"]["S"])),
            key=row["schedule_key"]["S"],
            on_the_queue="due_shard" not in row,
        )
        for row in rows
        if "due_at" in row
    ]
    to_come = (plan for plan in plans if plan.due_at > now or not plan.on_the_queue)
    return sorted(to_come, key=lambda plan: (plan.due_at, plan.key))


def from_now(seconds: float) -> str:
    """`in 1 d 2 h`, `in 5 s`, `3 min ago`: two units at most."""
    left, parts = abs(round(seconds)), []
    for size, unit in UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
        elif parts:
            break
        if len(parts) == 2:  # noqa: PLR2004  two units, as promised
            break
    if not parts:
        return "now"
    return f"in {' '.join(parts)}" if seconds > 0 else f"{' '.join(parts)} ago"


def table_of(plans: Sequence[Plan], *, now: float) -> Table:
    count = f"{len(plans)} message" + ("" if len(plans) == 1 else "s")
    table = Table(title=f"{count} planned, seen at {_clock_time(now)}", title_justify="left")
    for heading in ("when", "", "what", "for", "about", "key"):
        table.add_column(heading, overflow="fold")
    for plan in plans:
        table.add_row(
            _clock_time(plan.due_at),
            from_now(plan.due_at - now) + (" (on the queue)" if plan.on_the_queue else ""),
            plan.event_type,
            plan.user_id or "everybody",
            plan.about,
            plan.key,
        )
    return table


def _about(data: Mapping[str, Any]) -> str:
    """Its first texts; times are in another column."""
    texts = [value for value in data.values() if isinstance(value, str) and not _is_time(value)]
    return ", ".join(texts[:TELLING])


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _clock_time(moment: float) -> str:
    return datetime.fromtimestamp(moment).astimezone().strftime("%a %Y-%m-%d %H:%M:%S %Z")


def _rows(endpoint: str) -> Iterator[Mapping[str, Any]]:
    dynamodb = dynamodb_at(endpoint)
    for name in tables_named(dynamodb, "schedule"):
        # A developer's look at a small local table; the system itself only ever queries.
        for page in dynamodb.get_paginator("scan").paginate(TableName=name):
            yield from page["Items"]


def _now(gateway_url: str) -> float:
    """The local system's time, which may have been moved."""
    try:
        # S310: our own address.
        with urllib.request.urlopen(f"{gateway_url}/_tidings/clock", timeout=2) as answer:  # noqa: S310
            return float(json.load(answer)["now"])
    except (OSError, ValueError):
        return time.time()


def main(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> int:
    port = environment.get("TIDINGS_PORT", DEFAULT_PORT)
    parser = argparse.ArgumentParser(prog="make schedule", description="List what is planned.")
    parser.add_argument("--gateway", default=f"http://localhost:{port}")
    parser.add_argument("--aws", default=aws_endpoint(environment))
    asked = parser.parse_args(arguments)
    console = Console()
    now = _now(asked.gateway)
    try:
        plans = plans_of(_rows(asked.aws), now=now)
    except (BotoCoreError, ValueError):
        console.print(nothing_answers(asked.aws))
        return 1
    if plans:
        console.print(table_of(plans, now=now))
    else:
        console.print("Nothing is planned. Put an event on the bus that has deliver_at or plans reminders.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
