"""The message rate as one number."""

import pytest

from shared.domain.rate import RateLimit


@pytest.mark.parametrize(
    ("messages", "window_seconds", "interval_ms"),
    [(20, 10.0, 500), (1, 10.0, 10_000), (3, 10.0, 3_333), (1000, 1.0, 1)],
)
def test_each_message_costs_its_share_of_the_window(
    messages: int, window_seconds: float, interval_ms: int
) -> None:
    limit = RateLimit(messages=messages, window_seconds=window_seconds)
    assert limit.interval_ms == interval_ms
    assert limit.window_ms == window_seconds * 1000


@pytest.mark.parametrize(
    ("full_in_ms", "seconds"),
    [(10_000, 1), (9_501, 1), (10_501, 2), (12_000, 3), (0, 1)],
    ids=["the last of a burst", "nearly free", "just over a second", "far over", "free already"],
)
def test_a_refused_client_is_told_whole_seconds_that_suffice(full_in_ms: int, seconds: int) -> None:
    limit = RateLimit(messages=20, window_seconds=10.0)
    told = limit.retry_after_seconds(full_at_ms=1_000_000 + full_in_ms, now_ms=1_000_000)
    assert told == seconds
    # Waiting that long makes room for one message.
    assert full_in_ms - told * 1000 + limit.interval_ms <= limit.window_ms
