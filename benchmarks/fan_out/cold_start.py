"""(f) Cold start: CPU and memory to import a function as it ships, beside the bare libraries of a usual one.

    .venv/bin/python -m benchmarks.fan_out.cold_start

Bare is boto3 with clients for DynamoDB and SQS, pydantic with one small model (it loads most of itself at the
first), and Powertools' Logger and Metrics, as pip installs them. The second line has botocore in place of
boto3, as our functions do. Each import is a process of its own, round by round. The last lines are a bundle
without bytecode, as a machine ships it that has no Python of the functions' version.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.fan_out.running import output, table
from benchmarks.fan_out.shipped import write_shipped
from infra.bytecode import compile_with
from shared.settings import Settings

ROUNDS = 7
GOAL = 1.0
LIBRARIES = """
import pydantic
from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics
class Model(pydantic.BaseModel):
    name: str
Logger(), Metrics()
"""
BOTO3 = """
import boto3
boto3.client("dynamodb"), boto3.client("sqs")
"""
BOTOCORE = """
import botocore.session
session = botocore.session.get_session()
session.create_client("dynamodb"), session.create_client("sqs")
"""
FUNCTIONS = ("connect", "disconnect", "default", "publisher", "scheduler")
# Linux counts into a process's ru_maxrss what the one that started it had: VmHWM is its own.
MEASURED = """
import os, re, resource
used = resource.getrusage(resource.RUSAGE_SELF)
status = "/proc/self/status"
told = re.search("VmHWM:(.*) kB", open(status).read()) if os.path.exists(status) else None
print(used.ru_utime + used.ru_stime, (int(told[1]) if told else used.ru_maxrss) / 1024)
"""
ENVIRONMENT = {
    **Settings(
        stage="benchmark",
        connections_table="connections",
        subscriptions_table="subscriptions",
        events_table="events",
        schedule_table="schedule",
        access_table="access",
        delivery_queue_url="https://sqs.us-east-1.amazonaws.com/1/delivery",
        rejected_queue_url="https://sqs.us-east-1.amazonaws.com/1/rejected",
        ws_endpoint="https://abcdef1234.execute-api.us-east-1.amazonaws.com/benchmark",
        topic_shards=8,
        posts_per_second=5_000,
    ).environment(),
    "POWERTOOLS_SERVICE_NAME": "benchmark",
    "POWERTOOLS_METRICS_NAMESPACE": "Tidings",
    # Else the first round would leave no bytecode where this is set.
    "PYTHONDONTWRITEBYTECODE": "",
}


class Start(NamedTuple):
    cpu_ms: float
    memory_mb: float


def start(program: str, folder: Path | None = None) -> Start:
    """Run it in a process of its own; from that folder, as Lambda does from where it unpacks a bundle."""
    # That folder is read-only on Lambda: no bytecode is written there.
    own = {} if folder is None else {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    # With -P, the repository that the process starts in is not on its path.
    *_, last = output(
        "-P", "-c", program + MEASURED, python=sys.executable, **{**ENVIRONMENT, **own}
    ).splitlines()
    cpu_seconds, memory_mb = map(float, last.split())
    return Start(cpu_seconds * 1000, memory_mb)


def measure(bundle: Path, source_only: Path) -> dict[str, list[Start]]:
    runs: dict[str, tuple[str, Path | None]] = {
        "bare": (LIBRARIES + BOTO3, None),
        "without boto3": (LIBRARIES + BOTOCORE, None),
    }
    runs |= {name: (f"import functions.{name}.handler", bundle) for name in FUNCTIONS}
    runs |= {f"{name}, source": (f"import functions.{name}.handler", source_only) for name in FUNCTIONS}
    found: dict[str, list[Start]] = {name: [] for name in runs}
    for number in range(ROUNDS + 1):
        for name, (program, folder) in runs.items():
            seen = start(program, folder)
            if number:  # the first one compiles what pip installed
                found[name].append(seen)
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as work:
        bundle, source_only = Path(work, "bundle"), Path(work, "source_only")
        write_shipped(source_only)
        shutil.copytree(source_only, bundle)
        compile_with(sys.executable, bundle)
        found = measure(bundle, source_only)
    cpu_ms = {name: median(seen.cpu_ms for seen in starts) for name, starts in found.items()}
    table(
        f"(f) cold start, median of {ROUNDS} rounds",
        ("import", "ms CPU", "to bare", "MB"),
        [
            (
                name,
                f"{cpu_ms[name]:.0f}",
                f"{cpu_ms[name] / cpu_ms['bare']:.2f}",
                f"{median(seen.memory_mb for seen in starts):.0f}",
            )
            for name, starts in found.items()
        ],
    )
    print(f"  goal: at most {GOAL:.1f} times the bare libraries")


if __name__ == "__main__":
    main()
