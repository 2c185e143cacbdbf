"""Token buckets."""

from __future__ import annotations

from local.gateway.throttle import TokenBucket
from tests.local.gateway.clock import SteppedClock


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    clock = SteppedClock()
    bucket = TokenBucket(rate_per_second=2, burst=3, clock=clock)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    clock.advance(0.5)
    assert [bucket.take() for _ in range(2)] == [True, False]


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    clock = SteppedClock()
    bucket = TokenBucket(rate_per_second=100, burst=2, clock=clock)
    clock.advance(3600)
    assert [bucket.take() for _ in range(3)] == [True, True, False]
