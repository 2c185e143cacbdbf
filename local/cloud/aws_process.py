"""Starts the local AWS as a child, moves its clock, and looks into its queues."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import aiohttp

from local.cloud.faults import FaultRule
from local.lambda_runtime.environment import CREDENTIALS

CHILD = Path(__file__).parent.parent / "child.py"
REPOSITORY = CHILD.parent.parent
START_TIMEOUT_SECONDS = 60.0
ENVIRONMENT = {
    "LAMBDA_TASK_ROOT": str(REPOSITORY),
    # moto would let every web page that is open in a browser read and write what is in it.
    "MOTO_DISABLE_GLOBAL_CORS": "true",
    "TZ": "UTC",
}


class AwsNotStarted(Exception):
    """moto's server did not come up; the message holds what it said."""


@dataclass(frozen=True, slots=True)
class QueueState:
    visible: int
    later: int
    """Delayed, or received and not yet deleted."""
    next_visible_at: float | None


class AwsProcess:
    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.port = port
        self._process = process
        self._http = aiohttp.ClientSession(f"http://127.0.0.1:{port}")

    @classmethod
    async def start(cls, port: int, *, main_port: int = 0) -> Self:
        """Port 0 takes a free one. On `main_port` functions are invoked. Raises AwsNotStarted."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(CHILD), "-m", "local.cloud.moto_server", str(port), str(main_port)),
            cwd=REPOSITORY,
            env={**os.environ, **CREDENTIALS, **ENVIRONMENT},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=None,
            start_new_session=True,
        )
        assert process.stdout is not None  # noqa: S101 - asked for with PIPE
        async with asyncio.timeout(START_TIMEOUT_SECONDS):
            line = await process.stdout.readline()
        if not line.strip().isdigit():
            await process.wait()
            raise AwsNotStarted(f"moto's server ended with {process.returncode} {line.decode()}".strip())
        return cls(process, int(line))

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ended(self) -> int:
        """Return when it has ended, whoever ended it; its exit status."""
        return await self._process.wait()

    async def queues(self) -> dict[str, QueueState]:
        async with self._http.get("/_tidings/state") as response:
            return _states(await response.json())

    async def move_clock(self, offset_seconds: float) -> dict[str, QueueState]:
        """Move its clock; the queues as they are then."""
        async with self._http.post("/_tidings/state", json={"offset_seconds": offset_seconds}) as response:
            return _states(await response.json())

    async def set_faults(self, rules: Iterable[FaultRule], *, seed: int) -> None:
        """Replace the rules by which it fails calls of functions."""
        faults = {"seed": seed, "rules": [asdict(rule) for rule in rules]}
        async with self._http.post("/_tidings/state", json={"faults": faults}):
            pass

    async def close(self) -> None:
        await self._http.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


def _states(answer: dict[str, Any]) -> dict[str, QueueState]:
    return {name: QueueState(**state) for name, state in answer["queues"].items()}
