"""Lambda's Invoke: the local AWS takes the call and hands it to the functions of the local run.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import http.client
import json
import re
from collections.abc import Iterable, Mapping
from typing import Protocol
from urllib.parse import unquote, urlencode
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from aiohttp import web

from local.gateway.invoker import Invocation, InvocationRefused
from local.lambda_runtime.function import Function

PATH = "/_tidings/invocations"
_INVOKE = re.compile(r"/(?:2015-03-31/functions/(.+)/invocations|2014-11-13/functions/(.+)/invoke-async/?)$")
STATUSES = {"ResourceNotFoundException": 404, "TooManyRequestsException": 429}
LONGEST_INVOCATION_SECONDS = 1_800.0


class Runs(Protocol):
    def function_of(self, reference: str) -> Function:
        """Raises InvocationRefused for a function that does not exist."""
        ...

    async def invoke_json(self, reference: str, payload: str) -> Invocation:
        """Run it and wait. Raises InvocationRefused."""
        ...


class Submits(Protocol):
    def submit(self, reference: str, payload: str) -> str:
        """Accept an asynchronous invocation. Raises InvocationRefused."""
        ...


class Invocations:
    """The side of the functions: what the local AWS asks of the main process."""

    def __init__(self, runs: Runs, submits: Submits) -> None:
        self._runs = runs
        self._submits = submits

    async def handle(self, request: web.Request) -> web.Response:
        reference = request.query["function"]
        payload = await request.text() or "{}"
        try:
            json.loads(payload)
            function = self._runs.function_of(reference)
            match request.query["type"]:
                case "Event":
                    self._submits.submit(reference, payload)
                    return web.Response(status=202)
                case "DryRun":
                    return web.Response(status=204)
            answer = await self._runs.invoke_json(reference, payload)
        except InvocationRefused as refused:
            return _refused(*str(refused).split(": ", 1))
        except ValueError as exc:
            return _refused(
                "InvalidRequestContentException", f"Could not parse request body into json: {exc}"
            )
        headers = {"X-Amz-Executed-Version": function.version}
        if answer.error is not None:
            headers["X-Amz-Function-Error"] = answer.error
        return web.Response(text=answer.payload, content_type="application/json", headers=headers)


def _refused(code: str, message: str) -> web.Response:
    headers = {"x-amzn-ErrorType": code}
    body = {"Type": "User", "Message": message, "message": message}
    return web.json_response(body, status=STATUSES.get(code, 400), headers=headers)


def with_invocations(app: WSGIApplication, port: int) -> WSGIApplication:
    """The side of the local AWS: hand invocations to the main process, which listens on `port`."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        match = _INVOKE.fullmatch(environ["PATH_INFO"]) if environ["REQUEST_METHOD"] == "POST" else None
        if match is None:
            return app(environ, start_response)
        reference = unquote(match[1] or match[2])
        if qualifier := re.search(r"(?:^|&)Qualifier=([^&]+)", environ.get("QUERY_STRING", "")):
            reference = f"{reference}:{unquote(qualifier[1])}"
        kind = "Event" if match[2] else environ.get("HTTP_X_AMZ_INVOCATION_TYPE", "RequestResponse")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        query = {"function": reference, "type": kind}
        status, headers, answer = _ask(port, query, body)
        start_response(status, [*headers.items(), ("Content-Length", str(len(answer)))])
        return [answer]

    return serve


def _ask(port: int, query: Mapping[str, str], body: bytes) -> tuple[str, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_INVOCATION_SECONDS)
    try:
        connection.request("POST", f"{PATH}?{urlencode(query)}", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = response.read()
    finally:
        connection.close()
    passed = {
        name: value
        for name, value in response.getheaders()
        if name.lower().startswith(("x-am", "content-type"))
    }
    return f"{response.status} {response.reason}", passed, answer
