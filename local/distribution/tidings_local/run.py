"""Starts a local run and stops it, as a context manager and as a pytest fixture."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .gateway import DidNotStart, Gateway

UP_WITHIN_SECONDS = 120.0
DOWN_WITHIN_SECONDS = 30.0
LOOK_EVERY_SECONDS = 0.05


@contextmanager
def running(
    template: str | Path | None = None,
    *,
    program: str = "tidings_local",
    stage: str | None = None,
    parameters: Mapping[str, str] | None = None,
    faults: Sequence[Mapping[str, Any]] = (),
    clock_seconds: float = 0.0,
    options: Sequence[str] = (),
) -> Iterator[Gateway]:
    """The application of a template, up within the block, on free ports. Raises DidNotStart.

    `program` is the module that is run; one that has an application of its own needs no template. `faults`
    are in force from the start; `clock_seconds` is how far in the future its clock starts; `options` are
    further ones of the command, as in `["--secret", "key=value"]`.
    """
    arguments = [
        *([] if template is None else [str(template)]),
        "--port",
        "0",
        "--aws-port",
        "0",
        "--no-reload",
        "--clock",
        str(clock_seconds),
    ]
    arguments += ["--stage", stage] if stage else []
    for name, value in (parameters or {}).items():
        arguments += ["--parameter", f"{name}={value}"]
    for rule in faults:
        details = [f"{name}={value}" for name, value in rule.items() if name != "fault"]
        arguments += ["--fault", ",".join([str(rule["fault"]), *details])]
    with tempfile.TemporaryDirectory(prefix="tidings-local-") as folder:
        ready, log = Path(folder) / "ready.json", Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", program, *arguments, *options, "--ready-file", str(ready)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "COLUMNS": "200"},
            )
        try:
            yield Gateway(_facts(process, ready, log), log)
        finally:
            _stop(process)


def fixture(template: str | Path | None = None, *, scope: str = "session", **options: Any) -> Any:
    """Make a pytest fixture that gives a Gateway; assign it to the name that tests ask for.

    `options` are those of `running`.
    """
    import pytest  # noqa: PLC0415 - only tests have it

    @pytest.fixture(scope=scope)  # type: ignore[call-overload, untyped-decorator, unused-ignore]  # any of pytest's scopes
    def gateway() -> Iterator[Gateway]:
        with running(template, **options) as started:
            yield started

    return gateway


def _facts(process: "subprocess.Popen[bytes]", ready: Path, log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + UP_WITHIN_SECONDS
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise DidNotStart(log.read_text(errors="replace").strip())
        time.sleep(LOOK_EVERY_SECONDS)
    facts: dict[str, Any] = json.loads(ready.read_text())
    return facts


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(DOWN_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
