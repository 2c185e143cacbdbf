"""The message rate as one number."""

import pytest

from shared.domain.limits import RATE_MESSAGES
from shared.domain.rate import INTERVAL_MS, WINDOW_MS, retry_after_seconds


def test_each_message_costs_its_share_of_the_window() -> None:
    assert INTERVAL_MS * RATE_MESSAGES == WINDOW_MS


@pytest.mark.parametrize(
    ("full_in_ms", "seconds"),
    [(10_000, 1), (9_501, 1), (10_501, 2), (12_000, 3), (0, 1)],
    ids=["the last of a burst", "nearly free", "just over a second", "far over", "free already"],
)
def test_a_refused_client_is_told_whole_seconds_that_suffice(full_in_ms: int, seconds: int) -> None:
    told = retry_after_seconds(full_at_ms=1_000_000 + full_in_ms, now_ms=1_000_000)
    assert told == seconds
    # Waiting that long makes room for one message.
    assert full_in_ms - told * 1000 + INTERVAL_MS <= WINDOW_MS
