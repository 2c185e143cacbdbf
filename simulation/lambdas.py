"""The functions: warm sandboxes with memories of their own, timeouts that kill, retries of what is asynchronous."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulation.chance import Chance
from simulation.code import Version
from simulation.hub import Hub

# infra/parts/functions.py; tests/simulation holds them to the template's.
TIMEOUT_SECONDS = {"connect": 10, "disconnect": 10, "default": 10, "publisher": 60, "scheduler": 60}
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
RETRY_WAITS_SECONDS = (60.0, 120.0)

Done = Callable[[Any, BaseException | None], None]


@dataclass(frozen=True, slots=True)
class Sandbox:
    version: Version
    handler: Callable[..., Any]


@dataclass(slots=True)
class Context:
    """Lambda's context, as far as Powertools and the handlers read it."""

    hub: Hub
    kill_at: float
    aws_request_id: str
    function_name: str = "simulated"
    function_version: str = "1"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:simulated:live"

    def get_remaining_time_in_millis(self) -> int:
        return int((self.kill_at - self.hub.now) * 1000)


@dataclass(frozen=True, slots=True)
class FailedEvent:
    """What Lambda gave up: it is kept in the function's failure queue."""

    function: str
    event: Mapping[str, Any]
    problem: str


@dataclass(slots=True, kw_only=True)
class Lambdas:
    hub: Hub
    chance: Chance
    start: Callable[[str, Version], Callable[..., Any]]
    """A cold start: the function's handler on an application of its own."""
    version_of: Callable[[str], Version]
    """The version that a function's alias points to now."""
    ended: Callable[[str, str, BaseException | None], None]
    """Told of each invocation: function, key, what ended it."""
    failed: list[FailedEvent] = field(default_factory=list)
    begun: Counter[str] = field(default_factory=Counter)
    """How often each event from the bus was tried, by its id and function, repeats included."""
    _idle: dict[str, list[Sandbox]] = field(default_factory=dict)

    def invoke(self, function: str, event: dict[str, Any], *, key: str, done: Done) -> None:
        if "^" not in key:
            self.begun[f"{key.partition('/')[0].partition('+')[0]}/{function[:3]}"] += 1
        version = self.version_of(function)
        idle = self._idle.setdefault(function, [])
        warm = next((one for one in reversed(idle) if one.version is version), None)
        if warm is not None:
            idle.remove(warm)
            sandbox = warm
        else:
            sandbox = Sandbox(version, self.start(function, version))
        kill_at = self.hub.now + TIMEOUT_SECONDS[function]
        context = Context(self.hub, kill_at, key)

        def finished(result: Any, problem: BaseException | None) -> None:
            self.ended(function, key, problem)
            if problem is None or isinstance(problem, Exception):
                idle.append(sandbox)
            done(result, problem)

        self.hub.spawn(
            key, lambda: sandbox.handler(event, context), finished, kill_at=kill_at, label=function
        )

    def invoke_later(self, function: str, event: dict[str, Any], *, key: str) -> None:
        """Asynchronously: tried three times, then kept in the failure queue."""
        self._try(function, event, key, 0)

    def _try(self, function: str, event: dict[str, Any], key: str, tries: int) -> None:
        def done(_result: Any, problem: BaseException | None) -> None:
            if problem is None:
                return
            if tries == len(RETRY_WAITS_SECONDS):
                self.failed.append(FailedEvent(function, event, type(problem).__name__))
                return
            self.hub.after(
                RETRY_WAITS_SECONDS[tries], lambda: self._try(function, event, key, tries + 1)
            )

        attempt = f"{key}.{tries}" if tries else key
        self.invoke(function, dict(event), key=attempt, done=done)
