"""DynamoDB (dynalite, which counts units) and SQS (moto), each in a process of its own."""

import contextlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

ROOT = Path(__file__).parents[2]
DYNALITE = ROOT / "tests/adapters/dynalite"
UP_WITHIN_SECONDS = 30.0


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
def sqs(counted: Counted) -> Iterator[Any]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
    # S603: a library's own server.
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/moto-api/data.json")
        yield counted.client("sqs", endpoint_url=url)
        server.terminate()


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + UP_WITHIN_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(urllib.error.URLError):
            urllib.request.urlopen(url, timeout=1).close()  # noqa: S310  our own address
            return
        time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")
