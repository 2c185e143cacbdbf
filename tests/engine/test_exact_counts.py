"""What each thing costs in AWS requests and DynamoDB units: the table of `make benchmark`, held exactly."""

import pytest

from benchmarks.fan_out.counts import Count, count_all, count_channels
from benchmarks.fan_out.exact_counts import CROWD, EXACT_CHANNEL_COUNTS, EXACT_COUNTS


@pytest.fixture(scope="module")
def counts() -> dict[str, Count]:
    return count_all(CROWD)


@pytest.mark.slow
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
