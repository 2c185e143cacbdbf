"""A local run that is up: its addresses, its clock, its faults."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

# The gateway's own faults are set where the gateway is; these begin the names of all others.
ELSEWHERE = ("aws-", "bus-", "function-", "queue-")
CONTROL = "/_tidings"
REQUEST_TIMEOUT_SECONDS = 300.0


class DidNotStart(Exception):
    """The application could not be run; the message is what the local run said."""


class Gateway:
    def __init__(self, facts: Mapping[str, Any], log: Path) -> None:
        self.url: str = facts["websocket_urls"][0]
        """Where clients connect: ws://localhost:PORT/STAGE."""
        self.http: str = facts["gateway"]
        """The same port for HTTP: @connections under /STAGE, the page, /health."""
        self.aws: str = facts["aws"]
        """The endpoint of DynamoDB, SQS, EventBridge and whatever else moto has."""
        self.bus: str | None = facts["bus"]
        """The first of the template's event buses."""
        self._log = log

    def client(self, service: str) -> Any:
        """A boto3 client: of the local AWS, or of this API for `apigatewaymanagementapi`."""
        import boto3  # noqa: PLC0415 - half a second that not every test needs

        make: Any = boto3.client
        management = service == "apigatewaymanagementapi"
        return make(
            service,
            endpoint_url=self.url.replace("ws://", "http://") if management else self.aws,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 - the local AWS takes anything
        )

    def advance(self, *, step_seconds: float | None = None, **by: float) -> None:
        """Move the clock forward, as in `advance(hours=1)`; what becomes due on the way happens in its order.

        `by` is what timedelta takes. With `step_seconds` the clock moves in strides, which is faster.
        """
        asked = {"advance_seconds": timedelta(**by).total_seconds(), "step_seconds": step_seconds}
        self._ask("POST", "/clock", {name: value for name, value in asked.items() if value is not None})

    @contextmanager
    def faults(self, *rules: Mapping[str, Any], seed: int = 0) -> Iterator[None]:
        """Let these go wrong within the block, as in `{"fault": "post-gone", "share": 0.1}`."""
        of_gateway = [rule for rule in rules if not str(rule.get("fault")).startswith(ELSEWHERE)]
        others = [rule for rule in rules if rule not in of_gateway]
        paths = {"/faults": others, "/gateway/faults": of_gateway}
        try:
            for path, chosen in paths.items():
                self._ask("PUT", path, {"seed": seed, "rules": chosen})
            yield
        finally:
            for path in paths:
                self._ask("DELETE", path)

    def connections(self) -> list[dict[str, Any]]:
        """Those that are open, as the gateway lists them."""
        listed: list[dict[str, Any]] = self._ask("GET", "/gateway/connections")["connections"]
        return listed

    def state(self) -> dict[str, Any]:
        """Functions, queues, schedules and the clock."""
        found: dict[str, Any] = self._ask("GET", "/state")
        return found

    def log(self) -> str:
        """What the local run and the functions have written so far."""
        return self._log.read_text(errors="replace")

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self.http}{CONTROL}{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=REQUEST_TIMEOUT_SECONDS) as response:  # noqa: S310 - as above
                return json.loads(response.read() or b"null")
        except urllib.error.HTTPError as refused:
            with refused:
                raise ValueError(refused.read().decode(errors="replace")) from None
