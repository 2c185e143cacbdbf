"""The Lambda Runtime API of one sandbox, over HTTP on loopback.

Each sandbox has its own port: the API's paths do not say who asks.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

from local.gateway.invoker import Invocation
from local.lambda_runtime import failures

ROOT = "/2018-06-01/runtime"
CLOCK_HEADER = "Local-Clock-Offset-Seconds"


@dataclass(slots=True)
class Delivery:
    """One invocation on its way through a sandbox."""

    request_id: str
    payload: bytes
    headers: dict[str, str]
    answer: asyncio.Future[Invocation] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def settle(self, invocation: Invocation) -> None:
        if not self.answer.done():
            self.answer.set_result(invocation)


class RuntimeApi:
    def __init__(self) -> None:
        self.initialised: asyncio.Future[Invocation | None] = asyncio.get_running_loop().create_future()
        """Done when the function first asks for work (None) or has said why it cannot start."""
        self.current: Delivery | None = None
        self._deliveries: asyncio.Queue[Delivery | None] = asyncio.Queue()
        self._web = web.Server(self._handle, access_log=None, keepalive_timeout=3_600.0)
        self._server: asyncio.Server | None = None

    async def start(self) -> str:
        """Listen; returns host:port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._web, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    def deliver(self, delivery: Delivery) -> None:
        self._deliveries.put_nowait(delivery)

    async def close(self) -> None:
        self._deliveries.put_nowait(None)
        if self._server is not None:
            self._server.close()
        await self._web.shutdown(timeout=0)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path.removeprefix(ROOT)
        match (request.method, *path.strip("/").split("/")):
            case ("GET", "invocation", "next"):
                return await self._next()
            case ("POST", "invocation", request_id, "response"):
                return self._respond(request_id, await request.content.read())
            case ("POST", "invocation", request_id, "error"):
                return self._fail(request_id, (await request.content.read()).decode())
            case ("POST", "init", "error"):
                return self._fail_init((await request.content.read()).decode())
            case _:
                return _refuse(404, "UnknownPath", f"No {request.method} {request.path} in the Runtime API")

    async def _next(self) -> web.Response:
        if not self.initialised.done():
            self.initialised.set_result(None)
        delivery = await self._deliveries.get()
        if delivery is None:
            return _refuse(410, "SandboxClosed", "This sandbox is being closed")
        self.current = delivery
        return web.Response(body=delivery.payload, headers=delivery.headers, content_type="application/json")

    def _respond(self, request_id: str, payload: bytes) -> web.Response:
        if len(payload) > failures.MAX_RESPONSE_BYTES:
            self._settle(request_id, failures.too_large(len(payload)))
            return _refuse(413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size")
        return self._settle(request_id, Invocation(payload=payload.decode()))

    def _fail(self, request_id: str, error: str) -> web.Response:
        return self._settle(request_id, failures.reported(error))

    def _settle(self, request_id: str, invocation: Invocation) -> web.Response:
        delivery = self.current
        if delivery is None or delivery.request_id != request_id:
            return _refuse(400, "InvalidRequestID", "Invalid request ID")
        self.current = None
        delivery.settle(invocation)
        return _accepted()

    def _fail_init(self, error: str) -> web.Response:
        if self.initialised.done():
            return _refuse(403, "InvalidStateTransition", "The function has already asked for work")
        self.initialised.set_result(failures.reported(error))
        return _accepted()


def _accepted() -> web.Response:
    return web.json_response({"status": "OK"}, status=202)


def _refuse(status: int, error_type: str, message: str) -> web.Response:
    return web.json_response({"errorType": error_type, "errorMessage": message}, status=status)
