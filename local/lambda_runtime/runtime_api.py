"""The Lambda Runtime API of one sandbox, over HTTP on loopback.

Each sandbox has its own port: the API's paths do not say who asks.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import asyncio
import json
import weakref
from collections import deque
from dataclasses import dataclass, field

from local.gateway.invoker import Invocation
from local.lambda_runtime import failures
from local.lambda_runtime.http import Answer, HttpConnection, Reply

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
        self._deliveries: deque[Delivery] = deque()
        self._asking: Reply | None = None
        """The function waits for its next invocation: where to send it."""
        self._closed = False
        self._server: asyncio.Server | None = None
        self._connections: weakref.WeakSet[HttpConnection] = weakref.WeakSet()

    async def start(self) -> str:
        """Listen; returns host:port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    def deliver(self, delivery: Delivery) -> None:
        self._deliveries.append(delivery)
        self._hand_out()

    def close(self) -> None:
        self._closed = True
        self._hand_out()
        if self._server is not None:
            self._server.close()
        # A process that was killed has closed its end, but the loop may end before it has read that.
        for connection in self._connections:
            connection.close()

    def _connection(self) -> HttpConnection:
        connection = HttpConnection(self)
        self._connections.add(connection)
        return connection

    def handle(self, method: str, path: str, body: bytes, reply: Reply) -> None:
        match (method, *path.removeprefix(ROOT).strip("/").split("/")):
            case ("GET", "invocation", "next"):
                self._next(reply)
            case ("POST", "invocation", request_id, "response"):
                reply(self._respond(request_id, body))
            case ("POST", "invocation", request_id, "error"):
                reply(self._fail(request_id, body.decode(errors="replace")))
            case ("POST", "init", "error"):
                reply(self._fail_init(body.decode(errors="replace")))
            case _:
                reply(_refuse(404, "UnknownPath", f"No {method} {path} in the Runtime API"))

    def _next(self, reply: Reply) -> None:
        if not self.initialised.done():
            self.initialised.set_result(None)
        self._asking = reply
        self._hand_out()

    def _hand_out(self) -> None:
        if self._asking is None:
            return
        if self._closed:
            answer = _refuse(410, "SandboxClosed", "This sandbox is being closed")
        elif self._deliveries:
            self.current = self._deliveries.popleft()
            answer = Answer(200, self.current.payload, self.current.headers)
        else:
            return
        reply, self._asking = self._asking, None
        reply(answer)

    def _respond(self, request_id: str, payload: bytes) -> Answer:
        if len(payload) > failures.MAX_RESPONSE_BYTES:
            self._settle(request_id, failures.too_large(len(payload)))
            return _refuse(413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size")
        return self._settle(request_id, Invocation(payload=payload.decode(errors="replace")))

    def _fail(self, request_id: str, error: str) -> Answer:
        return self._settle(request_id, failures.reported(error))

    def _settle(self, request_id: str, invocation: Invocation) -> Answer:
        delivery = self.current
        if delivery is None or delivery.request_id != request_id:
            return _refuse(400, "InvalidRequestID", "Invalid request ID")
        self.current = None
        delivery.settle(invocation)
        return _accepted()

    def _fail_init(self, error: str) -> Answer:
        if self.initialised.done():
            return _refuse(403, "InvalidStateTransition", "The function has already asked for work")
        self.initialised.set_result(failures.reported(error))
        return _accepted()


def _accepted() -> Answer:
    return Answer(202, b'{"status": "OK"}', {})


def _refuse(status: int, error_type: str, message: str) -> Answer:
    return Answer(status, json.dumps({"errorType": error_type, "errorMessage": message}).encode(), {})
