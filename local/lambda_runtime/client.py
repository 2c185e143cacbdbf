"""The runtime interface client that serves by default: loads the handler and answers the Lambda Runtime API.

It runs inside the function's process, on the standard library alone, and imports nothing of this project. The
protocol: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import contextlib
import importlib
import json
import logging
import os
import socket
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

ROOT = "/2018-06-01/runtime"
# Ours, not AWS's: how far the movable clock is ahead of real time.
CLOCK_HEADER = "local-clock-offset-seconds"
SANDBOX_CLOSED = "410"
ERROR_TYPE_HEADER = "Lambda-Runtime-Function-Error-Type"

Handler = Callable[[Any, Any], Any]


class RuntimeFault(Exception):
    """What Lambda reports under a `Runtime.…` type."""

    def __init__(self, error_type: str, message: str, stack_trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.stack_trace = stack_trace or []


class Context:
    """The second argument of a handler."""

    identity = None
    client_context = None
    tenant_id = None

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers["lambda-runtime-invoked-function-arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self._deadline_ms = int(headers["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self) -> int:
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message: object) -> None:
        sys.stdout.write(str(message))


Headers = Mapping[str, str]
"""By lower-case name."""


class Client:
    """HTTP/1.1 on one kept connection, as far as the Runtime API needs it.

    http.client would be the larger part of what an invocation costs here. A response goes out together with
    the request for the next invocation: one system call, and one time to be woken, instead of two.
    """

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._address = address
        self._socket = socket.create_connection((host, int(port)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = b""
        self._unsent: list[bytes] = []

    def next(self) -> tuple[Headers, bytes]:
        self._put("GET", "invocation/next", b"", {})
        return self._send()

    def respond(self, request_id: str, payload: bytes) -> None:
        """Sent with the next `next`."""
        self._put("POST", f"invocation/{request_id}/response", payload, {"Content-Type": "application/json"})

    def fail(self, request_id: str, error: dict[str, Any]) -> None:
        """Sent with the next `next`."""
        self._put_error(f"invocation/{request_id}/error", error)

    def fail_init(self, error: dict[str, Any]) -> None:
        self._put_error("init/error", error)
        self._send()

    def _put_error(self, path: str, error: dict[str, Any]) -> None:
        headers = {"Content-Type": "application/json", ERROR_TYPE_HEADER: error["errorType"]}
        self._put("POST", path, json.dumps(error).encode(), headers)

    def _put(self, method: str, path: str, body: bytes, headers: Headers) -> None:
        lines = [
            f"{method} {ROOT}/{path} HTTP/1.1",
            f"Host: {self._address}",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in headers.items()),
            "\r\n",
        ]
        self._unsent.append("\r\n".join(lines).encode("latin-1") + body)

    def _send(self) -> tuple[Headers, bytes]:
        """Send what was put; the answer to the last of it."""
        self._socket.sendall(b"".join(self._unsent))
        answers = [self._read() for _ in self._unsent]
        self._unsent.clear()
        return answers[-1]

    def _read(self) -> tuple[Headers, bytes]:
        while b"\r\n\r\n" not in self._unread:
            self._unread += self._receive()
        head, _, rest = self._unread.partition(b"\r\n\r\n")
        status, *fields = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in fields)
        answered = {name.lower(): value.strip() for name, _, value in pairs}
        size = int(answered.get("content-length", "0"))
        parts, missing = [rest[:size]], size - len(rest)
        self._unread = rest[size:]
        while missing > 0:
            parts.append(self._receive())
            missing -= len(parts[-1])
        if status.split(" ", 2)[1] == SANDBOX_CLOSED:
            raise ConnectionAbortedError(status)
        return answered, b"".join(parts)

    def _receive(self) -> bytes:
        data = self._socket.recv(1 << 18)
        if not data:
            raise ConnectionResetError("the Runtime API is gone")
        return data


class FunctionClock:
    """Moves this process's time with the local clock; costs nothing until that is moved."""

    def __init__(self) -> None:
        self._offset = "0"
        self._travel: Any = None

    def follow(self, offset: str) -> None:
        if offset == self._offset:
            return
        import time_machine  # noqa: PLC0415 - most processes never travel

        if self._travel is not None:
            self._travel.stop()
        self._travel = time_machine.travel(time.time() + float(offset), tick=True)
        self._travel.start()
        self._offset = offset


def load(handler: str) -> Handler:
    module_name, dot, function_name = handler.rpartition(".")
    if not dot:
        raise RuntimeFault("Runtime.MalformedHandlerName", f"Bad handler '{handler}': no module named in it")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as exc:
        message = f"Unable to import module '{module_name}': {exc}"
        raise RuntimeFault("Runtime.ImportModuleError", message) from exc
    except SyntaxError as exc:
        message = f"Syntax error in module '{module_name}': {exc}"
        trace = [f'  File "{exc.filename}" Line {exc.lineno}\n    {exc.text}']
        raise RuntimeFault("Runtime.UserCodeSyntaxError", message, trace) from exc
    try:
        found: Handler = getattr(module, function_name)
    except AttributeError as exc:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise RuntimeFault("Runtime.HandlerNotFound", message) from exc
    return found


def error_of(exc: Exception, request_id: str = "") -> dict[str, Any]:
    """What Lambda answers for an exception: type, message, and the stack from the handler's own frame on."""
    if isinstance(exc, RuntimeFault):
        error_type, stack_trace = exc.error_type, exc.stack_trace
    else:
        frames = traceback.extract_tb(exc.__traceback__)
        own = [frame for frame in frames if frame.filename != __file__]
        error_type, stack_trace = type(exc).__name__, traceback.format_list(own)
    return {
        "errorMessage": str(exc),
        "errorType": error_type,
        "requestId": request_id,
        "stackTrace": stack_trace,
    }


def answer(handler: Handler, event: bytes, context: Context) -> bytes:
    try:
        request = json.loads(event)
    except ValueError as exc:
        raise RuntimeFault("Runtime.UnmarshalError", f"Unable to unmarshal input: {exc}") from exc
    result = handler(request, context)
    try:
        return json.dumps(result, ensure_ascii=False).encode()
    except (TypeError, ValueError) as exc:
        raise RuntimeFault("Runtime.MarshalError", f"Unable to marshal response: {exc}") from exc


def print_error(error: dict[str, Any]) -> None:
    trace = "".join(error["stackTrace"])
    sys.stdout.write(f"[ERROR] {error['errorType']}: {error['errorMessage']}\n{trace}\n")
    sys.stdout.flush()


def set_up_logging() -> None:
    """Lambda gives the root logger a handler before the function's module is imported."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("[%(levelname)s] %(message)s"))
    logging.getLogger().addHandler(handler)


def serve(client: Client, handler_name: str) -> None:
    set_up_logging()
    clock = FunctionClock()
    try:
        handler = load(handler_name)
    except Exception as exc:  # noqa: BLE001 - whatever a module raises while it is imported is an init error
        error = error_of(exc)
        print_error(error)
        client.fail_init(error)
        sys.exit(1)
    while True:
        headers, event = client.next()
        request_id = headers["lambda-runtime-aws-request-id"]
        clock.follow(headers.get(CLOCK_HEADER, "0"))
        os.environ["_X_AMZN_TRACE_ID"] = headers["lambda-runtime-trace-id"]
        try:
            payload = answer(handler, event, Context(headers))
        except Exception as exc:  # noqa: BLE001 - an exception is an answer; SystemExit ends the process, as on Lambda
            error = error_of(exc, request_id)
            print_error(error)
            client.fail(request_id, error)
        else:
            client.respond(request_id, payload)


if __name__ == "__main__":
    # The local system is gone or has dropped this sandbox: nothing is left to be done.
    with contextlib.suppress(ConnectionError):
        serve(Client(os.environ["AWS_LAMBDA_RUNTIME_API"]), os.environ["_HANDLER"])
