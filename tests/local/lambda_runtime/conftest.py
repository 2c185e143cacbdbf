"""Toy functions written to a folder, and a runtime that runs them in real processes."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from local.clock import MovableClock
from local.lambda_runtime.function import Function, RuntimeSettings
from local.lambda_runtime.runtime import Faults, LambdaRuntime

TOYS = """
import json, logging, os, sys, time

def echo(event, context):
    return event

def about(event, context):
    return {
        "environment": dict(os.environ),
        "context": {
            "request_id": context.aws_request_id,
            "arn": context.invoked_function_arn,
            "name": context.function_name,
            "memory": context.memory_limit_in_mb,
            "remaining_ms": context.get_remaining_time_in_millis(),
        },
        "pid": os.getpid(),
        "time": time.time(),
        "modules": [name for name in sys.modules if name.split(".")[0] in ("local", "shared", "tests")],
    }

def leaves_work(event, context):
    import threading
    def work():
        for _ in range(20):
            time.sleep(0.01)
        open(event["file"], "w").write("done")
    threading.Thread(target=work).start()

def fails(event, context):
    raise ValueError("no such job")

def slow(event, context):
    time.sleep(event["seconds"])
    return os.getpid()

def leaves(event, context):
    sys.exit(event["status"])

def crashes(event, context):
    os.abort()

def unserialisable(event, context):
    return {"when": {1, 2}}

def large(event, context):
    return "x" * (6 * 1024 * 1024 + 1_000)

def talks(event, context):
    print("plain words")
    logging.getLogger().warning("from the root logger")
    sys.stderr.write("to stderr\\n")
    return None
"""


@dataclass
class KeptLogs:
    lines: list[tuple[str, str]] = field(default_factory=list)

    def line(self, function: str, text: str) -> None:
        self.lines.append((function, text))

    def platform(self, function: str, text: str) -> None:
        self.lines.append((function, f"PLATFORM {text}"))


@dataclass
class Bench:
    """A runtime with one function per toy, and what it logged."""

    runtime: LambdaRuntime
    clock: MovableClock
    logs: KeptLogs
    code_root: Path


ARN = "arn:aws:lambda:us-east-1:123456789012:function:"


def toy(code_root: Path, name: str, **changes: Any) -> Function:
    function = Function(name=name, arn=f"{ARN}{name}", handler=f"toys.{name}", code_root=code_root)
    return replace(function, **changes)


@pytest.fixture
def code_root(tmp_path: Path) -> Path:
    (tmp_path / "toys.py").write_text(TOYS)
    return tmp_path


BenchMaker = Callable[..., Bench]


@pytest.fixture
async def make_bench(code_root: Path) -> AsyncIterator[BenchMaker]:
    benches: list[Bench] = []

    def make(*functions: Function, faults: Faults | None = None, **settings: Any) -> Bench:
        logs, clock = KeptLogs(), MovableClock()
        runtime = LambdaRuntime(
            functions, clock=clock, logs=logs, settings=RuntimeSettings(**settings), faults=faults
        )
        benches.append(Bench(runtime=runtime, clock=clock, logs=logs, code_root=code_root))
        return benches[-1]

    yield make
    for bench in benches:
        await bench.runtime.close()
