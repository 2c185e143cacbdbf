"""Templates written in a test, resolved as the local run resolves them."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from local.cloud.aws_process import CHILD, ENVIRONMENT, REPOSITORY, AwsProcess
from local.cloud.endpoints import Endpoints
from local.cloud.intrinsics import Account
from local.cloud.resources import Clients, clients
from local.cloud.sqs import Sqs
from local.cloud.stack import Stack
from local.cloud.template import parse
from local.cloud.values import Values
from local.lambda_runtime.environment import CREDENTIALS

MakeStack = Callable[..., Stack]


@pytest.fixture
def make_stack(tmp_path: Path) -> MakeStack:
    def make(
        resources: Mapping[str, Any],
        *,
        endpoints: Endpoints | None = None,
        parameters: Mapping[str, str] | None = None,
        given: Values | None = None,
        **sections: Any,
    ) -> Stack:
        template = parse({"Resources": resources, **sections}, stack_name="toy", directory=tmp_path)
        endpoints = endpoints or Endpoints(gateway_port=8000, aws_port=4566)
        return Stack(template, account=Account(), endpoints=endpoints, parameters=parameters, given=given)

    return make


class SharedAws(AwsProcess):
    """A local AWS that another fixture started, and ends."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._http = aiohttp.ClientSession(f"http://127.0.0.1:{port}")

    async def begin_anew(self) -> None:
        async with self._http.post("/moto-api/reset") as response:
            assert response.status == 200
        await self.move_clock(0.0)
        await self.set_faults((), seed=0)

    async def close(self) -> None:
        await self._http.close()


@pytest.fixture(scope="session")
def aws_port() -> Iterator[int]:
    """Of a local AWS that takes a second to start. The tests take turns with it."""
    command = [sys.executable, str(CHILD), "-m", "local.cloud.moto_server", "0", "0"]
    environment = {**os.environ, **CREDENTIALS, **ENVIRONMENT}
    with subprocess.Popen(  # noqa: S603 - our own program
        command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.kill()


@pytest.fixture
async def aws(aws_port: int) -> AsyncIterator[AwsProcess]:
    shared = SharedAws(aws_port)
    await shared.begin_anew()
    yield shared
    await shared.close()


@pytest.fixture
def made_with(aws: AwsProcess) -> Iterator[Clients]:
    opened = clients(f"http://127.0.0.1:{aws.port}", "us-east-1")
    yield opened
    for client in (opened.dynamodb, opened.events, opened.sqs):
        client.close()


@pytest.fixture
async def sqs(aws: AwsProcess) -> AsyncIterator[Sqs]:
    async with Sqs(f"http://127.0.0.1:{aws.port}") as opened:
        yield opened
