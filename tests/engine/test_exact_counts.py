"""What each thing costs in AWS requests and DynamoDB units: the table of `make benchmark`, held exactly."""

import json
import subprocess
import sys
from typing import Any

import pytest

from benchmarks.fan_out.counts import count_channels
from benchmarks.fan_out.exact_counts import CROWD, EXACT_CHANNEL_COUNTS, EXACT_COUNTS


@pytest.fixture(scope="module")
def counts() -> dict[str, Any]:
    # In a process of its own: in one that has run thousands of tests it takes ten times as long.
    command = [sys.executable, "-m", "benchmarks.fan_out.counts", str(CROWD)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.slow
@pytest.mark.parametrize("what", EXACT_COUNTS)
def test_it_costs_exactly_this(counts: dict[str, Any], what: str) -> None:
    assert tuple(counts[what]) == EXACT_COUNTS[what]


def test_a_connection_with_many_channels_costs_exactly_this() -> None:
    counts = {
        what: (one.read_units, one.write_units, one.posts, dict(one.requests))
        for what, one in count_channels().items()
    }
    assert counts == EXACT_CHANNEL_COUNTS
