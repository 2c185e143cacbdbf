"""`make load CLIENTS=2000 EVENTS=20`: clients on a stage, and how long each event takes to each of them.

Against this machine unless you name the address of a stage of yours: it is then billed like any load.
"""

import argparse
import asyncio
import ipaddress
import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.load.report import PERCENTILES, histogram, in_the_terminal, percentile, shown, write_svg
from benchmarks.load.run import Load

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

LOCAL_ADDRESS = "ws://localhost:8000/api/v1/ws"
LOCAL_AWS = "http://localhost:4566"
MOST_CLIENTS, MOST_EVENTS = 10_000, 10_000
# For the process itself, its pipes and the AWS client.
OTHER_FILES = 64
JOB = {
    "job_id": 42,
    "company": "Example GmbH",
    "job_title": "Engineer",
    "location": "Bonn",
    "source": "load",
}


def main() -> int:
    asked = _asked()
    console = Console()
    address = asked.address or LOCAL_ADDRESS
    stage = asked.stage or "local"
    if not is_loopback(address) and asked.stage is None:
        console.print(
            f"{address} is no address of this machine: name its stage too, --stage prod, to mean it."
        )
        return 2
    _allow_files(asked.clients + OTHER_FILES)
    events = _events_client(local=is_loopback(address))

    def put(event_id: str) -> None:
        entry: PutEventsRequestEntryTypeDef = {
            "EventBusName": f"tidings-{stage}",
            "Source": "benchmarks.load",
            "DetailType": asked.type,
            "Detail": json.dumps({"id": event_id, "data": json.loads(asked.data)}),
        }
        answer = events.put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            raise RuntimeError(f"the bus refused: {answer['Entries'][0].get('ErrorMessage')}")

    query = f"channels={asked.channel}" + (f"&token={asked.token}" if asked.token else "")
    load = Load(
        address=f"{address}?{query}",
        put=put,
        clients=asked.clients,
        events=asked.events,
        events_per_second=asked.rate,
        deadline_seconds=asked.seconds,
    )
    try:
        _run(load, console)
    except (BotoCoreError, ClientError, RuntimeError) as problem:
        console.print(f"events could not be put on the bus of {stage}: {problem}", markup=False)
        return 2
    return _report(load, console, Path(asked.svg))


def is_loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _run(load: Load, console: Console) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        connecting = progress.add_task("connected", total=load.clients)
        receiving = progress.add_task("received", total=load.clients * load.events)
        load.on_connected = lambda count: progress.update(connecting, completed=count)
        load.on_received = lambda count: progress.update(receiving, completed=count)
        asyncio.run(load())


def _report(load: Load, console: Console, svg: Path) -> int:
    missing = load.expected - len(load.latencies)
    console.print(
        f"{load.connected:,} connected, {load.refused:,} refused, {load.closed:,} closed by the other side; "
        f"{len(load.latencies):,} of {load.expected:,} received, {load.twice:,} twice"
    )
    if not load.latencies:
        console.print(f"Nothing was received: is a stage up at {load.address}, and is this its bus?")
        return 1
    latencies = sorted(load.latencies)
    console.print("  ".join(f"p{p} {shown(percentile(latencies, p))}" for p in PERCENTILES))
    bars = histogram(latencies)
    for line in in_the_terminal(bars):
        console.print(line, highlight=False)
    title = f"{load.connected:,} clients, {len(load.latencies):,} deliveries"
    write_svg(svg, bars, title=title)
    console.print(f"As a picture: {svg}")
    return int(missing > 0 or load.refused > 0)


def _events_client(*, local: bool) -> "EventBridgeClient":
    if not local:
        return boto3.client("events")
    return boto3.client(
        "events",
        endpoint_url=os.environ.get("AWS_ENDPOINT_URL", LOCAL_AWS),
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106  the local system's, which takes any
    )


def _allow_files(needed: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(needed, hard), hard))


def _bounded(most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = int(text)
        if not 1 <= value <= most:
            raise argparse.ArgumentTypeError(f"must be from 1 to {most:,}")
        return value

    return read


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    add = parser.add_argument
    add("--clients", type=_bounded(MOST_CLIENTS), default=200, help="(%(default)s)")
    add("--events", type=_bounded(MOST_EVENTS), default=20, help="(%(default)s)")
    add("--rate", type=float, default=2.0, help="events a second (%(default)s)")
    add("--seconds", type=float, default=300.0, help="ends by itself after so long (%(default).0f)")
    add("--address", help=f"of a stage ({LOCAL_ADDRESS})")
    add("--stage", help="whose bus (local); needed for an address that is not this machine's")
    add("--token", help="where the stage authenticates")
    add("--channel", default="jobs", help="that the clients subscribe to (%(default)s)")
    add("--type", default="job.created", help="of the events (%(default)s)")
    add("--data", default=json.dumps(JOB), help="their payload, JSON")
    add("--svg", default=".cache/load.svg", help="where the picture goes (%(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
