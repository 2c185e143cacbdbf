"""Our gateway with an echo function, in a process of its own.

    .venv/bin/python -m benchmarks.gateway.echo_server PORT MODE

MODE `processes` runs the function as `make run` does, in sandboxes behind the Runtime API; `in-process`
calls it in the gateway's own process, which leaves the gateway alone to be measured.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from local.clock import MovableClock
from local.gateway import (
    Gateway,
    GatewayLimits,
    Integration,
    IntegrationKind,
    Invocation,
    Route,
    WebSocketApi,
)
from local.lambda_runtime.function import Function, RuntimeSettings
from local.lambda_runtime.runtime import LambdaRuntime

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.gateway import Invoker

HANDLER = """
def handler(event, context):
    body = event.get("body")
    return {"statusCode": 200, "body": event["requestContext"]["connectionId"] if body == "id" else body}
"""
# The benchmark measures the gateway, not AWS's quotas.
UNLIMITED = GatewayLimits(
    connections_per_second=1e9, connections_burst=10**9, requests_per_second=1e9, requests_burst=10**9
)


class InProcess:
    def __init__(self) -> None:
        names: dict[str, Any] = {}
        exec(HANDLER, names)  # noqa: S102  (the very text the sandboxes run)
        self._handler = names["handler"]

    async def invoke(self, function: str, event: Mapping[str, Any]) -> Invocation:
        del function
        return Invocation(json.dumps(self._handler(json.loads(json.dumps(event)), None)))


class _Silent:
    def line(self, function: str, text: str) -> None: ...

    def platform(self, function: str, text: str) -> None: ...


def _route(*, route_response: bool = False) -> Route:
    integration = Integration(kind=IntegrationKind.AWS_PROXY, function="echo")
    return Route(integration=integration, route_response=route_response)


API = WebSocketApi(
    api_id="bench",
    stage_name="dev",
    region="us-east-1",
    account_id="123456789012",
    routes={"$connect": _route(), "$disconnect": _route(), "$default": _route(route_response=True)},
)


@contextmanager
def _code() -> Iterator[Path]:
    # A sandbox that is being stopped may still write its bytecode there.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder, "handler.py").write_text(HANDLER)
        yield Path(folder)


async def main(port: int, mode: str) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    runtime: LambdaRuntime | None = None
    with _code() as folder:
        invoker: Invoker = InProcess()
        if mode == "processes":
            echo = Function(name="echo", arn="echo", handler="handler.handler", code_root=folder)
            settings = RuntimeSettings()
            runtime = LambdaRuntime([echo], clock=MovableClock(), logs=_Silent(), settings=settings)
            runtime.start()
            invoker = runtime
        gateway = Gateway(API, invoker, limits=UNLIMITED)
        app = web.Application()
        gateway.attach(app)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
        await stopped.wait()
        await runner.cleanup()
        if runtime is not None:
            await runtime.close()


if __name__ == "__main__":
    logging.disable()  # thousands of clients that vanish at once are no news here
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
