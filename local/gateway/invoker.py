"""The seam to whatever runs functions: the gateway knows a function only by its reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Invocation:
    """What came back from a function. `error` is None on success, else the Lambda function-error kind
    ("Unhandled"); `payload` is the JSON text of the answer or of the error object.
    """

    payload: str
    error: str | None = None


class InvocationRefused(Exception):
    """Lambda's control plane refused: throttled, permission missing, no such function.

    API Gateway answers 500 in `$connect` and an `Internal server error` frame on a message.
    """


class Invoker(Protocol):
    """Runs a function and waits for its answer. Must tolerate being abandoned: the gateway's
    integration timeout ends the waiting, never the function.
    """

    async def invoke(self, function: str, event: Mapping[str, Any]) -> Invocation:
        """Raise InvocationRefused when the function was not started at all."""
        ...
