"""What each thing costs in AWS requests and DynamoDB units: the table of `make benchmark`, held exactly."""

import pytest

from benchmarks.fan_out.counts import Count, count_all

CROWD = 10_000
# What: read units, write units, posts, requests. Eight shards, rows of 90 bytes or so.
EXPECTED = {
    "connect": (0, 5, 0, {"PutItem": 1, "BatchWriteItem": 1, "SendMessage": 1}),
    "its welcome": (0, 2, 1, {"UpdateItem": 2}),
    "subscribe": (9, 2, 0, {"UpdateItem": 1, "PutItem": 1, "GetItem": 1, "Query": 8}),
    "unsubscribe": (0, 2, 0, {"UpdateItem": 1, "DeleteItem": 1}),
    "event to a user": (2, 2, 1, {"UpdateItem": 2, "Query": 1, "BatchGetItem": 1}),
    "the same id again": (0, 1, 0, {"UpdateItem": 1}),
    # The row is read before it is deleted: a deletion that is asked for twice still knows the channels.
    "disconnect": (1, 5, 0, {"GetItem": 1, "DeleteItem": 1, "BatchWriteItem": 1}),
    # One claim, one end, and its place saved each 1,000 posts or so, when a shard's page is through.
    "event to 10,000": (224, 11, CROWD, {"UpdateItem": 11, "Query": 16}),
}


@pytest.fixture(scope="module")
def counts() -> dict[str, Count]:
    return count_all(CROWD)


@pytest.mark.slow
@pytest.mark.parametrize("what", EXPECTED)
def test_it_costs_exactly_this(counts: dict[str, Count], what: str) -> None:
    one = counts[what]
    assert (one.read_units, one.write_units, one.posts, dict(one.requests)) == EXPECTED[what]
