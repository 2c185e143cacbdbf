"""Serves gateways to the tests of this folder, each on a port of its own."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from local.gateway import Gateway, WebSocketApi
from tests.local.gateway.apis import PLAIN
from tests.local.gateway.clock import SteppedClock
from tests.local.gateway.functions import Functions
from tests.local.gateway.target import Clients, OurGateway, Target

Serve = Callable[..., Awaitable[Target]]
# benchmarks/gateway/parity.py runs these tests against another emulator: only what needs no settings of ours.
OTHER_EMULATOR = os.environ.get("TIDINGS_GATEWAY_TARGET", "")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "behaviour(statement, source): proves one behaviour of AWS")


@pytest.fixture
async def functions() -> Functions:
    return Functions()


@pytest.fixture
def clock() -> SteppedClock:
    if OTHER_EMULATOR:
        pytest.skip("has no clock that can be set")
    return SteppedClock()


@pytest.fixture
async def serve(functions: Functions) -> AsyncIterator[Serve]:
    """Start a gateway: `await serve(api, limits=…, clock=…, faults=…, mappings=…, credentials=…)`."""
    if OTHER_EMULATOR:
        from benchmarks.gateway.serverless_offline import OtherEmulator  # noqa: PLC0415  (only when asked)

        other = OtherEmulator(OTHER_EMULATOR, functions)
        yield other.serve
        await other.stop()
        return
    started: list[OurGateway] = []

    async def start(api: WebSocketApi = PLAIN, **settings: Any) -> OurGateway:
        target = OurGateway(Gateway(api, functions, **settings), functions)
        started.append(target)
        await target.start()
        return target

    yield start
    for target in started:
        await target.stop()


@pytest.fixture
async def target(serve: Serve) -> Target:
    return await serve(PLAIN)


@pytest.fixture
async def clients() -> AsyncIterator[Clients]:
    clients = Clients()
    yield clients
    await clients.close()
