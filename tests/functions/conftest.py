"""The real handlers, imported as Lambda does, with the fakes behind their use cases."""

import importlib
import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared import bootstrap
from tests.fakes.system import SETTINGS, FakeSystem

EVENTS = Path(__file__).parent.parent / "events"

# A handler reads its environment when it is imported, as at a cold start.
os.environ.update(SETTINGS.environment())

# The X-Ray SDK opens its UDP socket when it is imported: here, where sockets are still allowed.
observability = importlib.import_module("shared.observability")


@dataclass
class FakeContext:
    """Lambda's context, as far as Powertools and the handlers read it."""

    function_name: str = "test"
    function_version: str = "1"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:test:live"
    aws_request_id: str = "5b441b59-a550-11ed-8c1a-6f6f4a5a5c5e"
    remaining_ms: int = 60_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


Invoke = Callable[[str, dict[str, Any]], Any]


def load_event(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the functions log, as text."""
    stream = io.StringIO()
    for handler in observability.logger.handlers:
        monkeypatch.setattr(handler, "stream", stream)
    return stream


@pytest.fixture
def invoke(system: FakeSystem, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Cold start of a function on the fake system, then one invocation."""
    monkeypatch.setattr(bootstrap, "build_ports", lambda *_needed: system.ports)

    def run(function: str, event: dict[str, Any]) -> Any:
        module = importlib.reload(importlib.import_module(f"functions.{function}.handler"))
        return module.handler(event, FakeContext())

    return run
