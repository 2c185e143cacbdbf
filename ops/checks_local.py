"""What the local system says of itself."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator

from ops.findings import Finding, well, wrong
from ops.stage import Stage

GATEWAY = "http://localhost:8000"


def health(stage: Stage) -> Iterator[Finding]:
    """The gateway's /health; TIDINGS_GATEWAY_URL where it is not on port 8000."""
    del stage
    url = os.environ.get("TIDINGS_GATEWAY_URL", GATEWAY).rstrip("/") + "/health"
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  http, and this machine's own
            parts = json.load(answer)["parts"]
    except urllib.error.HTTPError as sick:
        with sick:
            parts = json.load(sick)["parts"]
    except (OSError, ValueError, KeyError) as away:
        yield wrong(
            f"{url} does not answer: {away}", "make run, or TIDINGS_GATEWAY_URL=http://localhost:PORT"
        )
        return
    for name, part in parts.items():
        if part["status"] != "ok":
            yield wrong(
                f"{name}: {part.get('reason') or part.get('failure') or part}", "see the local system's log"
            )
    connections = parts["gateway"]["connections"]
    yield well(f"the gateway answers, with {connections} connection{'' if connections == 1 else 's'}")
