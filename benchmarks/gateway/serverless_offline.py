"""serverless-offline as a peer: installed under .cache, started on free ports, asked the same questions.

Its functions are a Node stub that forwards each event to the test's own process, so that both emulators
run the very same Python callables.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from tests.local.gateway import apis

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.gateway import WebSocketApi
    from tests.local.gateway.functions import Functions

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".cache" / "serverless-offline"
COMMAND = HOME / "node_modules" / ".bin" / "serverless"
PACKAGES = {"osls": "4.3.1", "serverless-offline": "14.8.2"}
STUB = """
const forward = (name) => async (event) => {
  const answer = await fetch(`${process.env.FUNCTION_HOST}/${name}`, {
    method: 'POST', body: JSON.stringify(event),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(JSON.parse(text).errorMessage);
  return JSON.parse(text);
};
for (const name of ['connect', 'disconnect', 'default', 'echo', 'silent', 'authorizer']) {
  exports[name] = forward(name);
}
"""
# Which of the test APIs serverless.yml can say; MOCK integrations it cannot.
API_NAMES = ("PLAIN", "WITHOUT_CONNECT", "WITHOUT_DEFAULT", "TWO_WAY_DEFAULT", "AUTHORIZED")


def install() -> None:
    """`npm install` once; nothing of it is committed."""
    if (HOME / "node_modules" / "serverless-offline").exists():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is needed: install Node.js 20 or newer")
    HOME.mkdir(parents=True, exist_ok=True)
    (HOME / "package.json").write_text(json.dumps({"private": True, "dependencies": PACKAGES}))
    subprocess.run([npm, "install", "--legacy-peer-deps", "--no-audit", "--no-fund"], cwd=HOME, check=True)  # noqa: S603  (a fixed command)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def service(api: WebSocketApi, **environment: str) -> dict[str, Any]:
    """The API as serverless.yml (JSON is YAML)."""
    functions: dict[str, Any] = {}
    for key, route in api.routes.items():
        event: dict[str, Any] = {"route": key}
        if route.route_response:
            event["routeResponseSelectionExpression"] = "$default"
        if route.authorizer is not None:
            sources = list(api.authorizers[route.authorizer].identity_sources)
            event["authorizer"] = {"name": "authorizer", "identitySource": sources}
            functions["authorizer"] = {"handler": "handler.authorizer", "timeout": 1}
        name = route.integration.function
        functions[name] = {"handler": f"handler.{name}", "timeout": 1, "events": [{"websocket": event}]}
    return {
        "service": "peer",
        "plugins": ["serverless-offline"],
        "provider": {
            "name": "aws",
            "runtime": "nodejs20.x",
            "stage": api.stage_name,
            "region": api.region,
            "websocketsApiRouteSelectionExpression": api.route_selection_expression,
            "environment": environment,
        },
        "functions": functions,
    }


class Peer:
    """One running serverless-offline."""

    def __init__(self, name: str, definition: Mapping[str, Any], stub: str, *flags: str) -> None:
        folder = HOME / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "serverless.yml").write_text(json.dumps(definition))
        (folder / "handler.js").write_text(stub)
        self.port = free_port()
        ports = (
            ("--websocketPort", self.port),
            ("--httpPort", free_port()),
            ("--lambdaPort", free_port()),
        )
        options = [text for option, port in ports for text in (option, str(port))]
        self._log = (folder / "log").open("w")
        self.process = subprocess.Popen(  # noqa: S603  (a fixed command)
            [
                str(COMMAND),
                "offline",
                "--host",
                "127.0.0.1",
                *options,
                *flags,
            ],
            cwd=folder,
            stdout=self._log,
            stderr=self._log,
            env={**os.environ, "SLS_NOTIFICATIONS_MODE": "off", "SLS_TRACKING_DISABLED": "1"},
            start_new_session=True,
        )

    def wait(self, *, seconds: float = 60) -> None:
        for _ in range(int(seconds * 10)):
            if self.process.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise SystemExit(f"serverless-offline did not start, see {self._log.name}")

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:  # thousands of $disconnects keep it busy
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self._log.close()


class OtherEmulator:
    """What the tests get in place of ours. `where` is JSON: the function host's port, and each API's."""

    def __init__(self, where: str, functions: Functions) -> None:
        self._where = json.loads(where)
        self.functions = functions
        self.ws_url = ""
        self.http_origin = ""
        self.management_endpoint = ""
        self._host: web.AppRunner | None = None

    async def serve(self, api: WebSocketApi = apis.PLAIN, **settings: Any) -> OtherEmulator:
        name = next((name for name in API_NAMES if getattr(apis, name) is api), None)
        if settings or name is None:
            pytest.skip(f"has no such setting: {', '.join(settings) or 'this API'}")
        port = self._where["apis"][name]
        self.ws_url = f"ws://127.0.0.1:{port}"
        # Its management API has no stage in the path; that is a check of its own, the others do without.
        self.http_origin = self.management_endpoint = f"http://127.0.0.1:{port}"
        app = web.Application()
        app.router.add_post("/{name}", self._invoke)
        self._host = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._host.setup()
        await web.TCPSite(self._host, "127.0.0.1", self._where["function_host"], reuse_address=True).start()
        return self

    async def stop(self) -> None:
        if self._host is not None:
            await asyncio.sleep(0.2)  # the $disconnects of this test must not arrive in the next one
            await self._host.cleanup()

    async def _invoke(self, request: web.Request) -> web.Response:
        outcome = await self.functions.invoke(request.match_info["name"], await request.json())
        return web.Response(text=outcome.payload, status=500 if outcome.error else 200)
