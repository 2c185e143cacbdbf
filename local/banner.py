"""What the local run says when it is up: what runs where, and lines to paste."""

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from local.extras import Extras

EXAMPLE_EVENT = {"Source": "me", "DetailType": "example", "Detail": json.dumps({"hello": "world"})}


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The system as it is up."""

    gateway: str
    aws: str
    websocket_urls: Sequence[str]
    bus: str | None
    functions: Sequence[str]
    tables: Sequence[str]
    queues: Sequence[str]
    left_out: Mapping[str, str]
    unknown: Sequence[str]


def show(running: Running, console: Console, extras: Extras | None = None) -> None:
    """`extras`: of the application that runs, for the lines to paste."""
    facts = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    facts.add_row("WebSocket", "  ".join(running.websocket_urls))
    facts.add_row("Page, health", f"{running.gateway}/  {running.gateway}/health")
    facts.add_row("AWS (moto)", f"{running.aws}  state is in memory: it ends with this process")
    if running.bus:
        facts.add_row("Event bus", running.bus)
    facts.add_row("Functions", " ".join(running.functions))
    facts.add_row("Tables, queues", f"{len(running.tables)} tables, {len(running.queues)} queues")
    if running.left_out:
        kinds = " ".join(name.removeprefix("AWS::") for name in running.left_out)
        facts.add_row("Left out", f"{kinds} (on purpose: see the documentation)", style="dim")
    console.print(facts)
    for line in running.unknown:
        console.print(f"NOT RUN  {line}", style="yellow", markup=False)
    console.print("\nConnect:", style="bold")
    for line in connect_lines(running, extras):
        console.print(f"  {line}", soft_wrap=True, markup=False, highlight=False)
    if running.bus:
        console.print("Publish an event:", style="bold")
        for line in publish_lines(running, extras):
            console.print(f"  {line}", soft_wrap=True, markup=False, highlight=False)
    console.print("Ctrl-C stops everything.\n", style="bold")


def connect_lines(running: Running, extras: Extras | None = None) -> list[str]:
    url = running.websocket_urls[-1]
    own = []
    if extras is not None:
        own = [extras.listen_command(_port(running.gateway))]
        url = f"{url}?{extras.example_query}"
    return [*own, f"npx wscat -c {shlex.quote(url)}", f"{_beside_python('websockets')} {shlex.quote(url)}"]


def publish_lines(running: Running, extras: Extras | None = None) -> list[str]:
    event = extras.example_event() if extras else EXAMPLE_EVENT
    entry = {"EventBusName": running.bus, **event}
    credentials = "AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1"
    entries = shlex.quote(json.dumps([entry]))
    with_aws = f"{credentials} aws --endpoint-url {running.aws} events put-events --entries {entries}"
    if extras is not None:
        return [extras.publish_command(_port(running.aws)), with_aws]
    # Double quotes only, so that the shell's single ones go around it.
    python = (
        f'import boto3; boto3.client("events", endpoint_url="{running.aws}", region_name="us-east-1", '
        f'aws_access_key_id="local", aws_secret_access_key="local").put_events(Entries=[{json.dumps(entry)}])'
    )
    return [with_aws, f"{_beside_python('python')} -c {shlex.quote(python)}"]


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def _beside_python(program: str) -> str:
    """The program of this environment, as short as it can be typed here."""
    path = Path(sys.prefix) / "bin" / program
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
