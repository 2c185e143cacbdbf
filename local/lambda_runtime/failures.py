"""The error objects that Lambda itself puts in place of a function's answer."""

import json
import signal
from datetime import UTC, datetime
from typing import Any

from local.gateway.invoker import Invocation

UNHANDLED = "Unhandled"
# Synchronous answers: 6 MB and what the envelope takes.
MAX_RESPONSE_BYTES = 6_291_556


def _failed(**error: Any) -> Invocation:
    return Invocation(payload=json.dumps(error), error=UNHANDLED)


def reported(payload: str) -> Invocation:
    """What the function's own runtime client reported."""
    return Invocation(payload=payload, error=UNHANDLED)


def timed_out(request_id: str, seconds: float, now: float) -> Invocation:
    moment = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return _failed(errorMessage=f"{moment} {request_id} Task timed out after {seconds:.2f} seconds")


def exited(request_id: str, return_code: int) -> Invocation:
    """The process ended in the middle of an invocation: `sys.exit`, a crash, no memory left."""
    if return_code == 0:
        how = "exited without providing a reason"
    elif return_code < 0:
        how = f"exited with error: signal: {_signal_name(-return_code)}"
    else:
        how = f"exited with error: exit status {return_code}"
    return _failed(
        errorType="Runtime.ExitError", errorMessage=f"RequestId: {request_id} Error: Runtime {how}"
    )


def too_large(size_bytes: int) -> Invocation:
    return _failed(
        errorType="Function.ResponseSizeTooLarge",
        errorMessage=f"Response payload size ({size_bytes} bytes) exceeded maximum allowed payload size "
        f"({MAX_RESPONSE_BYTES} bytes).",
    )


def _signal_name(number: int) -> str:
    # Lambda words them as Go does: killed, segmentation fault.
    return (signal.strsignal(number) or str(number)).lower()
