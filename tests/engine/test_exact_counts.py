"""What each thing costs in AWS requests and DynamoDB units: the table of `make benchmark`, held exactly."""

import gc

import pytest

from benchmarks.fan_out.counts import Count, count_all, count_channels
from benchmarks.fan_out.exact_counts import CROWD, EXACT_CHANNEL_COUNTS, EXACT_COUNTS


@pytest.fixture(scope="module")
def counts() -> dict[str, Count]:
    # It makes objects by the million. What the tests before it left is not looked through each time.
    gc.collect()
    gc.freeze()
    return count_all(CROWD)


@pytest.mark.slow
# All of them are counted together, in one process.
@pytest.mark.xdist_group("exact-counts")
@pytest.mark.parametrize("what", EXACT_COUNTS)
def test_it_costs_exactly_this(counts: dict[str, Count], what: str) -> None:
    one = counts[what]
    assert (one.read_units, one.write_units, one.posts, dict(one.requests)) == EXACT_COUNTS[what]


def test_a_connection_with_many_channels_costs_exactly_this() -> None:
    counts = {
        what: (one.read_units, one.write_units, one.posts, dict(one.requests))
        for what, one in count_channels().items()
    }
    assert counts == EXACT_CHANNEL_COUNTS
