"""What the local run says when it is up: what runs where, and lines to paste."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from local.settings import DEFAULT_AWS_PORT, DEFAULT_PORT

EXAMPLE_TYPE = "job.created"
EXAMPLE_DETAIL = {
    "data": {
        "job_id": 42,
        "company": "Google",
        "job_title": "Senior Software Engineer",
        "location": "Mountain View, CA",
        "source": "linkedin",
    }
}


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
    example_query: str = ""
    """What a client of this project sends along; others' need something else, or nothing."""
    own: bool = False
    """This project's own system, which its own command speaks to."""


def show(running: Running, console: Console) -> None:
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
        facts.add_row("Left out", f"{kinds} (why: docs/local-run.md)", style="dim")
    console.print(facts)
    for line in running.unknown:
        console.print(f"NOT RUN  {line}", style="yellow", markup=False)
    console.print("\nConnect:", style="bold")
    for line in connect_lines(running):
        console.print(f"  {line}", soft_wrap=True, markup=False, highlight=False)
    if running.bus:
        console.print("Publish an event:", style="bold")
        for line in own_publish_lines(running) if running.own else publish_lines(running.aws, running.bus):
            console.print(f"  {line}", soft_wrap=True, markup=False, highlight=False)
    console.print("Ctrl-C stops everything.\n", style="bold")


def connect_lines(running: Running) -> list[str]:
    url = running.websocket_urls[-1]
    if running.own:
        port = running.gateway.rpartition(":")[2]
        environment = "" if port == str(DEFAULT_PORT) else f"TIDINGS_PORT={port} "
        own = [f"{environment}scripts/tidings listen --user user123"]
    else:
        own = []
    if running.example_query:
        url = f"{url}?{running.example_query}"
    return [*own, f"npx wscat -c {shlex.quote(url)}", f".venv/bin/websockets {shlex.quote(url)}"]


def own_publish_lines(running: Running) -> list[str]:
    """The project's command; it is told the port where that is not the usual one."""
    port = running.aws.rpartition(":")[2]
    environment = "" if port == str(DEFAULT_AWS_PORT) else f"TIDINGS_AWS_PORT={port} "
    data = shlex.quote(json.dumps(EXAMPLE_DETAIL["data"]))
    aws, _ = publish_lines(running.aws, running.bus or "")
    return [f"{environment}scripts/tidings publish {EXAMPLE_TYPE} --wait --data {data}", aws]


def publish_lines(aws: str, bus: str) -> list[str]:
    detail = json.dumps(EXAMPLE_DETAIL)
    entry = {"EventBusName": bus, "Source": "me", "DetailType": EXAMPLE_TYPE, "Detail": detail}
    # Double quotes only, so that the shell's single ones go around it.
    python = (
        f'import boto3; boto3.client("events", endpoint_url="{aws}", region_name="us-east-1", '
        f'aws_access_key_id="local", aws_secret_access_key="local").put_events(Entries=[{json.dumps(entry)}])'
    )
    credentials = "AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1"
    entries = shlex.quote(json.dumps([entry]))
    return [
        f"{credentials} aws --endpoint-url {aws} events put-events --entries {entries}",
        f".venv/bin/python -c {shlex.quote(python)}",
    ]
