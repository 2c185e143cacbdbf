"""Templates written in a test, resolved as the local run resolves them."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from local.cloud.aws_process import AwsProcess
from local.cloud.endpoints import Endpoints
from local.cloud.intrinsics import Account
from local.cloud.resources import Clients, clients
from local.cloud.sqs import Sqs
from local.cloud.stack import Stack
from local.cloud.template import parse
from local.cloud.values import Values

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


@pytest.fixture
async def aws() -> AsyncIterator[AwsProcess]:
    process = await AwsProcess.start(0)
    yield process
    await process.close()


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
