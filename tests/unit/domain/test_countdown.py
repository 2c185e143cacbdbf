import pytest

from shared.domain.countdown import hours_for, words_for

MINUTE, HOUR, DAY = 60, 3600, 86_400


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (DAY, "1 day"),
        (HOUR, "1 hour"),
        (15 * MINUTE, "15 minutes"),
        # A message takes a moment from the queue to the client.
        (DAY - 0.4, "1 day"),
        (HOUR - 3, "1 hour"),
        (15 * MINUTE - 29, "15 minutes"),
        # Late ones say what is left.
        (9 * MINUTE + 40, "10 minutes"),
        (HOUR - MINUTE, "59 minutes"),
        (100 * MINUTE, "2 hours"),
        (23 * HOUR, "23 hours"),
        (47 * HOUR, "2 days"),
        (MINUTE, "1 minute"),
        (1, "1 minute"),
        (0, "1 minute"),
    ],
)
def test_remaining_time_is_worded_as_in_the_guide(seconds: float, words: str) -> None:
    assert words_for(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2 * HOUR, "2"), (2 * HOUR - 1, "2"), (90 * MINUTE, "1.5"), (0, "0"), (100, "0"), (26 * HOUR, "26")],
)
def test_hours_are_whole_where_they_can_be(seconds: float, text: str) -> None:
    assert str(hours_for(seconds)) == text
