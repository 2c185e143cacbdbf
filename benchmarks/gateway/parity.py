"""Runs the behaviour list of tests/local/gateway against serverless-offline and keeps what came out.

    .venv/bin/python -m benchmarks.gateway.parity

writes benchmarks/gateway/parity.json, from which docs/local-gateway.md takes its comparison column:
`passed`, `failed`, or `skipped` (it has no setting with which the check could be made).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from benchmarks.gateway.serverless_offline import (
    API_NAMES,
    PACKAGES,
    ROOT,
    STUB,
    Peer,
    free_port,
    install,
    service,
)
from tests.local.gateway import apis

if TYPE_CHECKING:
    from collections.abc import Iterable

TESTS = "tests/local/gateway"
RESULTS = Path(__file__).with_name("parity.json")
_WORSE = ("passed", "skipped", "failed", "error")


def main() -> None:
    install()
    outcomes = _run_against_fresh_peers([TESTS])
    # A peer that died in one test must not be blamed for the tests after it: those get a second chance.
    broken = [name for name, outcome in outcomes.items() if outcome == "error"]
    if broken:
        names = [f"{TESTS}/{name.replace('::', '.py::')}" for name in broken]
        outcomes |= _run_against_fresh_peers(names)
    settled = {name: "failed" if outcome == "error" else outcome for name, outcome in outcomes.items()}
    RESULTS.write_text(json.dumps({"peer": PACKAGES, "outcomes": settled}, indent=1, sort_keys=True) + "\n")
    counts = {word: list(settled.values()).count(word) for word in ("passed", "failed", "skipped")}
    print(f"serverless-offline {PACKAGES['serverless-offline']}: {counts}")


def _run_against_fresh_peers(names: Iterable[str]) -> dict[str, str]:
    host = free_port()
    url = f"http://127.0.0.1:{host}"
    peers = {name: Peer(name, service(getattr(apis, name), FUNCTION_HOST=url), STUB) for name in API_NAMES}
    try:
        for peer in peers.values():
            peer.wait()
        where = {"function_host": host, "apis": {name: peer.port for name, peer in peers.items()}}
        return _run(names, json.dumps(where))
    finally:
        for peer in peers.values():
            peer.stop()


def _run(names: Iterable[str], where: str) -> dict[str, str]:
    """Worst outcome of each test function: of a parametrised one, every case must pass."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        options = ["-q", "-p", "no:cacheprovider", "-n", "0", "-o", "timeout=40", f"--junitxml={report}"]
        # Without tests/conftest.py: it belongs to the product, and forbids what a peer needs.
        options += ["-m", "behaviour and network", "-W", "default", f"--confcutdir={TESTS}"]
        subprocess.run(  # noqa: S603  (this interpreter, fixed arguments)
            [sys.executable, "-m", "pytest", *names, *options],
            cwd=ROOT,
            env={**os.environ, "TIDINGS_GATEWAY_TARGET": where},
            check=False,
        )
        cases = ET.parse(report).getroot().iter("testcase")  # noqa: S314  (pytest wrote it just now)
        outcomes: dict[str, str] = {}
        for case in cases:
            module = (case.get("classname") or "").rpartition(".")[2]
            name = f"{module}::{(case.get('name') or '').partition('[')[0]}"
            outcomes[name] = max(outcomes.get(name, "passed"), _outcome(case), key=_WORSE.index)
    return outcomes


def _outcome(case: ET.Element) -> str:
    for tag, outcome in (("error", "error"), ("failure", "failed"), ("skipped", "skipped")):
        if case.find(tag) is not None:
            return outcome
    return "passed"


if __name__ == "__main__":
    main()
