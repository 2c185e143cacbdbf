"""The gateway emulator in a thread of its own, with WebSocket clients that remember what they received."""

import asyncio
import json
import threading
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, Self, TypeVar

import aiohttp
from aiohttp import web

from local.gateway import FaultRule, Faults, Gateway, GatewayLimits, Invocation, WebSocketApi

FENCE = "fence"
STAGE = "test"
REGION = "us-east-1"
T = TypeVar("T")


class NoFunctions:
    async def invoke(self, function: str, event: Mapping[str, Any]) -> Invocation:
        raise AssertionError(f"no function is behind this gateway, not even {function} for {event}")


class LiveGateway:
    """A context manager. Everything it offers may be called from the test's own thread."""

    def __init__(
        self, *, credentials: Mapping[str, str] | None = None, limits: GatewayLimits | None = None
    ) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._credentials = credentials
        self._limits = limits or GatewayLimits(
            requests_per_second=1e6, requests_burst=10**6, connections_per_second=1e6, connections_burst=10**6
        )
        self._sockets: dict[str, aiohttp.ClientWebSocketResponse] = {}
        self._readers: set[asyncio.Task[None]] = set()
        self._fenced = asyncio.Condition()
        self._at_fence: set[str] = set()
        self.received: dict[str, list[Any]] = defaultdict(list)
        self.endpoint = ""

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._start())
        return self

    def __exit__(self, *_error: object) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def connect(self, count: int) -> list[str]:
        """Open that many connections; returns their ids."""
        return self._call(self._connect(count))

    def disconnect(self, connection_ids: Iterable[str]) -> None:
        self._call(self._disconnect(list(connection_ids)))

    def fail(self, *rules: FaultRule, seed: int = 7) -> None:
        self._call(self._replace(rules, seed))

    def settle(self) -> None:
        """Until everything that was posted has been read by its client."""
        self._call(self._settle())

    def ids_at(self, connection_id: str) -> list[str]:
        return [message["id"] for message in self.received[connection_id]]

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)

    async def _start(self) -> None:
        api = WebSocketApi(
            api_id="abc123", stage_name=STAGE, region=REGION, account_id="123456789012", routes={}
        )
        self.gateway = Gateway(
            api, NoFunctions(), credentials=self._credentials, limits=self._limits, faults=Faults()
        )
        app = web.Application()
        self.gateway.attach(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.endpoint = f"http://{host}:{port}/{STAGE}"
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def _stop(self) -> None:
        await self._runner.cleanup()
        await asyncio.gather(*self._readers, return_exceptions=True)
        await self._session.close()

    async def _connect(self, count: int) -> list[str]:
        before = {connection.id for connection in self.gateway.connections()}
        connection_ids = []
        for _ in range(count):
            socket = await self._session.ws_connect(self.endpoint)
            (connection_id,) = {one.id for one in self.gateway.connections()} - before
            before.add(connection_id)
            self._sockets[connection_id] = socket
            reader = asyncio.create_task(self._read(connection_id, socket))
            self._readers.add(reader)
            connection_ids.append(connection_id)
        return connection_ids

    async def _read(self, connection_id: str, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.data != FENCE:
                self.received[connection_id].append(json.loads(message.data))
                continue
            async with self._fenced:
                self._at_fence.add(connection_id)
                self._fenced.notify_all()

    async def _disconnect(self, connection_ids: list[str]) -> None:
        for connection_id in connection_ids:
            await self._sockets.pop(connection_id).close()
            # close() returns when the gateway has answered; its own bookkeeping is done by then.
            assert self.gateway.find(connection_id) is None

    async def _replace(self, rules: Iterable[FaultRule], seed: int) -> None:
        self.gateway.faults.replace(rules, seed=seed)

    async def _settle(self) -> None:
        # A fence travels behind everything posted before it.
        waiting = {connection_id for connection_id, socket in self._sockets.items() if not socket.closed}
        for connection_id in list(waiting):
            connection = self.gateway.find(connection_id)
            if connection is None or not connection.send(FENCE.encode(), now=0):
                waiting.discard(connection_id)
        async with asyncio.timeout(30), self._fenced:
            await self._fenced.wait_for(lambda: waiting <= self._at_fence)
        self._at_fence.clear()
