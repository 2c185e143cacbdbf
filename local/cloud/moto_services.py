"""Which of moto's services a request is for, and a helpful answer where moto has none."""

import json
import sys
from collections.abc import Callable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from moto import backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

MISSING = "missing:"
NOT_IMPLEMENTED = "501 Not Implemented"  # a status that the SDKs do not try again


class Services(DomainDispatcherApplication):
    def __init__(self, say: Callable[[str], Any] = sys.stderr.write) -> None:
        """`say` is told of each service that is asked for and that moto lacks, once."""
        create: Callable[[Any], Any] = create_backend_app

        def create_app(name: str) -> Any:
            return _lacking(name, say) if name.startswith(MISSING) else create(name)

        super().__init__(create_app)

    def get_backend_for_host(self, host: str | None) -> str | None:
        """As moto's own, which prints advice for moto's authors."""
        if host is None or host == "moto_api" or host in backends.list_of_moto_modules():
            return host
        found = (name for name, pattern in self.backend_url_patterns if pattern.match(f"http://{host}"))
        return next(found, f"{MISSING}{host.partition('.')[0]}")


def _lacking(name: str, say: Callable[[str], Any]) -> WSGIApplication:
    """Made once for each service."""
    service = name.removeprefix(MISSING)
    message = f"the local AWS has no service {service}; to reach the real one: --real-aws {service}"
    say(f"NOT RUN  a call to {service}: {message}\n")
    body = json.dumps({"__type": "NotImplemented", "message": message}).encode()

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        del environ
        headers = [
            ("Content-Type", "application/x-amz-json-1.0"),
            ("Content-Length", str(len(body))),
            ("x-amzn-ErrorType", "NotImplemented"),
        ]
        start_response(NOT_IMPLEMENTED, headers)
        return [body]

    return answer
