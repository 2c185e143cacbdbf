"""A gateway under test, ours or another emulator, as a client and a producer see it."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import boto3
from aiohttp import web
from botocore.config import Config
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from local.gateway import PARSER_LIMITS, Gateway, control_app

if TYPE_CHECKING:
    from collections.abc import Mapping

    from websockets.typing import Data

    from .functions import Functions

PATIENCE_SECONDS = 10


class Target(Protocol):
    """`management_endpoint` is what an SDK gets as endpoint_url."""

    functions: Functions
    ws_url: str
    http_origin: str
    management_endpoint: str


class OurGateway:
    """A Gateway behind a real server on a free port."""

    def __init__(self, gateway: Gateway, functions: Functions, *, app: web.Application | None = None) -> None:
        self.gateway = gateway
        self.functions = functions
        app = app or web.Application()
        app.add_subapp("/_tidings/gateway", control_app(gateway))
        gateway.attach(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, **PARSER_LIMITS)
        self.http_origin = ""
        self.ws_url = ""
        self.management_endpoint = ""

    async def start(self) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        stage = self.gateway.api.stage_name
        self.http_origin = f"http://{host}:{port}"
        self.ws_url = f"ws://{host}:{port}/{stage}"
        self.management_endpoint = f"{self.http_origin}/{stage}"

    async def stop(self) -> None:
        await self._runner.cleanup()


class Clients:
    """WebSocket clients of one test, closed with it."""

    def __init__(self) -> None:
        self._open: list[ClientConnection] = []

    async def connect(self, target: Target, query: str = "", **options: Any) -> ClientConnection:
        options = {"compression": None, "ping_interval": None, "max_size": None, "proxy": None, **options}
        client = await connect(target.ws_url + query, close_timeout=1, **options)
        self._open.append(client)
        return client

    async def refused(self, target: Target, query: str = "", **options: Any) -> int:
        """The HTTP status of a handshake that must not succeed."""
        try:
            await self.connect(target, query, **options)
        except InvalidStatus as exc:
            return exc.response.status_code
        raise AssertionError("the handshake succeeded")

    async def close(self) -> None:
        await asyncio.gather(*(client.close() for client in self._open))


async def receive(client: ClientConnection) -> Data:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await client.recv()


async def closed(client: ClientConnection) -> tuple[int | None, str]:
    """The close frame the server sent: code and reason; (None, "") when there was none."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                await client.recv()
    except ConnectionClosed as exc:
        return (None, "") if exc.rcvd is None else (exc.rcvd.code, exc.rcvd.reason)


async def close_without_code(client: ClientConnection) -> None:
    """What `ws.close()` does in a browser."""
    client.protocol.send_close()
    client.send_data()
    await client.wait_closed()


@cache
def _session() -> boto3.Session:
    return boto3.Session("AKIDEXAMPLE", "wJalrXUtnFEMI", region_name="us-east-1")


def management_client(endpoint: str, credentials: Mapping[str, str] | None = None) -> Any:
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10)
    keys: dict[str, Any] = {**(credentials or {})}
    return _session().client("apigatewaymanagementapi", endpoint_url=endpoint, config=config, **keys)


async def manage(target: Target, operation: str, **parameters: Any) -> Any:
    client = management_client(target.management_endpoint)
    try:
        return await asyncio.to_thread(getattr(client, operation), **parameters)
    finally:
        client.close()


async def post(target: Target, connection_id: str, data: bytes = b"hello") -> Any:
    return await manage(target, "post_to_connection", ConnectionId=connection_id, Data=data)
