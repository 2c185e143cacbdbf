"""The local AWS: moto's server in its own process, with a movable clock and a look into its queues.

`python -m local.cloud.moto_server PORT MAIN_PORT` prints its port; functions are invoked at the other one.
State is in memory and ends with the process.
"""

import gc
import json
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from io import BytesIO
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import time_machine
from moto.moto_server.werkzeug_app import MotoRequestHandler
from moto.sqs.models import sqs_backends
from werkzeug.serving import make_server
from werkzeug.test import run_wsgi_app

from local.cloud import moto_corrections, moto_speed, moto_streams
from local.cloud.aws_faults import with_faults
from local.cloud.faults import Faults, rule_of
from local.cloud.invocations import with_invocations
from local.cloud.moto_services import Services
from local.cloud.moto_step_functions import StepFunctions

CONTROL_PATH = "/_tidings/state"
WAKE_EVERY_SECONDS = 0.02
# https://httpwg.org/specs/rfc9110.html#field.content-length
WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)

logger = logging.getLogger(__name__)


class RequestHandler(MotoRequestHandler):
    """Keeps connections open. Werkzeug's closes each: to open one took a third of what moto's process did."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle_expect_100(self) -> bool:
        """The client waits for this line before it sends the body."""
        goes_on = super().handle_expect_100()
        self.wfile.flush()
        return goes_on

    def run_wsgi(self) -> None:
        if "Transfer-Encoding" in self.headers:
            super().run_wsgi()
            return
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal():
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        self.environ = self.make_environ()
        # All of it, whether moto wants it or not: the next request stands behind it.
        self.environ["wsgi.input"] = BytesIO(self.rfile.read(int(length)))
        try:
            parts, status, headers = run_wsgi_app(self.server.app, self.environ, buffered=True)
        except Exception:
            logger.exception("moto failed: %s %s", self.command, self.path)
            self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR)
            return
        code, _, reason = status.partition(" ")
        answer = b"".join(parts)
        self.send_response(int(code), reason)
        for name, value in headers.items():
            if name.lower() != "content-length" or self.command == "HEAD":
                self.send_header(name, value)
        if self.command != "HEAD" and int(code) not in WITHOUT_BODY:
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: a line for each of thousands of requests hides the functions' logs."""


class MovableTime:
    """The time of this process, as far ahead of real time as the local clock says."""

    def __init__(self) -> None:
        self._offset_seconds = 0.0
        self._travel: time_machine.travel | None = None

    def move_to(self, offset_seconds: float) -> None:
        if offset_seconds == self._offset_seconds:
            return
        if self._travel is not None:
            self._travel.stop()
        self._travel = time_machine.travel(time.time() + offset_seconds, tick=True)
        self._travel.start()
        self._offset_seconds = offset_seconds
        wake_receivers()


def queues() -> Iterable[Any]:
    for account in list(sqs_backends.values()):
        for backend in list(account.values()):
            yield from list(backend.queues.values())


def wake_receivers() -> None:
    """A long poll that waits in moto looks again once a second only, unless it is told to."""
    for queue in queues():
        if queue._messages:  # noqa: SLF001 - moto's list of all messages has no public name
            with queue._messages_lock:  # noqa: SLF001 - as above
                queue._messages_lock.notify_all()  # noqa: SLF001 - as above


def queue_state(queue: Any) -> dict[str, Any]:
    now_ms = time.time() * 1000
    appear_at_ms = [max(m.delayed_until, m.visible_at) for m in list(queue._messages)]  # noqa: SLF001 - as above
    later = [moment for moment in appear_at_ms if moment > now_ms]
    return {
        "visible": len(appear_at_ms) - len(later),
        "later": len(later),
        "next_visible_at": min(later) / 1000 if later else None,
    }


def with_control(app: WSGIApplication, movable_time: MovableTime, faults: Faults) -> WSGIApplication:
    """Beside the AWS API: GET tells of the queues.

    POST `{"offset_seconds": …}` moves the clock first, POST `{"faults": …}` replaces the rules of faults.
    """

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != CONTROL_PATH:
            return app(environ, start_response)
        if environ["REQUEST_METHOD"] == "POST":
            asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
            if "offset_seconds" in asked:
                movable_time.move_to(asked["offset_seconds"])
            if "faults" in asked:
                given = asked["faults"]
                faults.replace([rule_of(rule) for rule in given["rules"]], seed=given["seed"])
        body = json.dumps({"queues": {queue.name: queue_state(queue) for queue in queues()}}).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response("200 OK", headers)
        return [body]

    return serve


def freeze_what_stays(phase: str, info: dict[str, int]) -> None:
    """For `gc.callbacks`: what a full collection leaves is moto's state, and no later one looks at it again.

    Such a look stopped every request, for 0.3 s after some minutes of use.
    """
    if phase == "stop" and info["generation"] == 2:  # noqa: PLR2004 - the oldest
        gc.freeze()


def _every(seconds: float, action: Callable[[], None]) -> None:
    while True:
        time.sleep(seconds)
        action()


def main() -> None:
    moto_corrections.apply()
    moto_speed.apply()
    moto_streams.apply()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app, faults = StepFunctions(with_invocations(Services(), int(sys.argv[2]))), Faults()
    server = make_server(
        "127.0.0.1",
        int(sys.argv[1]),
        with_control(with_faults(app, faults), MovableTime(), faults),
        threaded=True,
        request_handler=RequestHandler,
    )
    server.daemon_threads = True  # type: ignore[attr-defined]  # of the threaded server that was asked for
    app.port = server.server_port
    gc.callbacks.append(freeze_what_stays)
    threading.Thread(target=_every, args=(WAKE_EVERY_SECONDS, wake_receivers), daemon=True).start()
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
