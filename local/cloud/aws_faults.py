"""Faults of AWS itself: calls of functions that are refused, fail, or are answered too late.

Runs in moto's process. Calls that no function has signed are left alone.
"""

import json
import re
import select
import socket
import threading
import uuid
from collections.abc import Iterable
from io import BytesIO
from typing import NamedTuple
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from local.cloud.faults import Fault, Faults
from local.lambda_runtime.environment import FUNCTION_ACCESS_KEY

_CREDENTIAL = re.compile(rf"Credential={FUNCTION_ACCESS_KEY}/[^/]+/[^/]+/([^/]+)/")
# Longer than any function lives: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LONGEST_WAIT_SECONDS = 900.0


class Refusal(NamedTuple):
    status: str
    code: str
    message: str


THROTTLED = {
    "dynamodb": "ProvisionedThroughputExceededException",
    "lambda": "TooManyRequestsException",
    "s3": "SlowDown",
    "sns": "Throttled",
    "sqs": "RequestThrottled",
}
FAILED = {"dynamodb": "InternalServerError", "lambda": "ServiceException", "s3": "InternalError"}
TOO_MANY = {"lambda": "429 Too Many Requests", "s3": "503 Slow Down"}


def with_faults(app: WSGIApplication, faults: Faults) -> WSGIApplication:
    one_at_a_time = threading.Lock()

    def strikes(fault: Fault, operation: str) -> float | None:
        """How many seconds the rule says, when one strikes."""
        with one_at_a_time:
            rule = faults.strikes(fault, operation)
        return rule.seconds if rule else None

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        service = service_of(environ) if faults.rules else None
        if service is None:
            return app(environ, start_response)
        operation = f"{service}:{action_of(environ)}"
        if strikes(Fault.AWS_THROTTLE, operation) is not None:
            code = THROTTLED.get(service, "ThrottlingException")
            status = TOO_MANY.get(service, "400 Bad Request")
            return refuse(Refusal(status, code, "Rate exceeded"), service, environ, start_response)
        if strikes(Fault.AWS_ERROR, operation) is not None:
            code = FAILED.get(service, "InternalFailure")
            refusal = Refusal("500 Internal Server Error", code, "We encountered an internal error.")
            return refuse(refusal, service, environ, start_response)
        late_seconds = strikes(Fault.AWS_LATE, operation)
        answer = app(environ, start_response)
        if late_seconds is not None:
            answer = list(answer)
            wait_for_end(environ["werkzeug.socket"], late_seconds or LONGEST_WAIT_SECONDS)
        return answer

    return serve


def service_of(environ: WSGIEnvironment) -> str | None:
    """As the signature names it; None when no function has signed."""
    match = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    return match[1] if match else None


def action_of(environ: WSGIEnvironment) -> str:
    """UpdateItem, SendMessage, Invoke …; for other REST services the HTTP method."""
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return str(target).rpartition(".")[2]
    if is_query(environ):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        return "".join(parse_qs(body.decode(errors="replace")).get("Action", []))
    path = environ["PATH_INFO"]
    if match := re.search(r"/operation/(\w+)$", path):
        return match[1]
    return "Invoke" if path.endswith("/invocations") else str(environ["REQUEST_METHOD"])


def is_query(environ: WSGIEnvironment) -> bool:
    return str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded")


def refuse(
    refusal: Refusal, service: str, environ: WSGIEnvironment, start_response: StartResponse
) -> list[bytes]:
    """An error in the service's protocol."""
    code, message = refusal.code, refusal.message
    if is_query(environ):
        kind, text = "text/xml", f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        body = f"<ErrorResponse>{text}<RequestId>local</RequestId></ErrorResponse>"
    elif service == "s3":
        kind, body = "text/xml", f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    else:
        kind = "application/x-amz-json-1.0"
        body = json.dumps({"__type": f"com.amazonaws.{service}#{code}", "message": message})
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("x-amzn-ErrorType", code),
        ("x-amzn-RequestId", str(uuid.uuid4())),
    ]
    start_response(refusal.status, headers)
    return [body.encode()]


def wait_for_end(connection: socket.socket, seconds: float) -> None:
    """Return when the client has closed the connection, or sent more, or when the time is up."""
    select.select([connection], [], [], seconds)
