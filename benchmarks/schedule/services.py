"""DynamoDB (dynalite, which counts units) and a queue, each in a process of its own."""

import contextlib
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

ROOT = Path(__file__).parents[2]
DYNALITE = ROOT / "tests/adapters/dynalite"


class Counted:
    """A boto3 session that counts requests and DynamoDB's units."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.units: Counter[str] = Counter()
        session = boto3.Session(
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106  local servers take anything
            region_name="us-east-1",
        )
        session.events.register("provide-client-params.dynamodb.*", self._ask_for_units)
        session.events.register("after-call.*.*", self._count)
        self.client = session.client

    def _ask_for_units(self, params: dict[str, Any], model: Any, **_: object) -> None:
        if "ReturnConsumedCapacity" in model.input_shape.members:
            params.setdefault("ReturnConsumedCapacity", "INDEXES")

    def _count(self, parsed: dict[str, Any], model: Any, **_: object) -> None:
        self.requests[model.name] += 1
        kind = "read" if model.name in {"Query", "GetItem", "BatchGetItem"} else "write"
        consumed = parsed.get("ConsumedCapacity")
        for one in consumed if isinstance(consumed, list) else [consumed] if consumed else []:
            # Two things AWS bills and dynalite leaves out: half a unit for a query that finds nothing, and
            # the deletion of the index entry that goes with each mark.
            self.units[kind] += max(0.5, one["CapacityUnits"])
            if model.name == "UpdateItem" and "GlobalSecondaryIndexes" not in one:
                self.units[kind] += 1


@contextlib.contextmanager
def dynamodb(counted: Counted) -> Iterator[Any]:
    if not (DYNALITE / "node_modules").exists():
        sys.exit("dynalite is not installed: run 'make test' once")
    node = [str(ROOT / "scripts/node"), "node", "serve.js"]
    # S603: our own script, with arguments written here.
    with subprocess.Popen(  # noqa: S603
        node, cwd=DYNALITE, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        if server.stdout is None:
            raise AssertionError("the port is read from its output")
        port = int(server.stdout.readline())
        # The adapters' own settings: shared/aws/clients.py.
        config = Config(connect_timeout=1, read_timeout=60, retries={"mode": "standard"})
        yield counted.client("dynamodb", endpoint_url=f"http://127.0.0.1:{port}", config=config)
        server.terminate()


@contextlib.contextmanager
def sqs(counted: Counted) -> Iterator[tuple[Any, str]]:
    """A client and the URL of a queue."""
    command = [sys.executable, "-m", "benchmarks.schedule.sink"]
    # S603: our own script.
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as server:  # noqa: S603
        if server.stdout is None:
            raise AssertionError("the port is read from its output")
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        yield counted.client("sqs", endpoint_url=url), f"{url}/queue"
        server.terminate()
