"""Pace: a bucket that follows the 429s, and tells one slow reader from a rate that is too high."""

import pytest

from shared.domain.pace import FASTER_PER_SECOND, FLOOR, SLOWER, Pace


def posts_in(pace: Pace, seconds: float, *, start: float = 0.0) -> int:
    """How many posts begin in that time when one is always wanted."""
    now, posts = start, 0
    while now < start + seconds:
        taken = pace.take(now)
        posts += taken
        now += 0.0 if taken else pace.wait()
    return posts


def test_no_more_than_the_ceiling_a_second_and_a_small_burst() -> None:
    assert 1000 <= posts_in(Pace(1000), 1.0) <= 1000 + 50 + 1


def test_idle_time_saves_up_no_more_than_the_burst() -> None:
    pace = Pace(1000)
    posts_in(pace, 1.0)
    assert posts_in(pace, 0.1, start=1000.0) <= 100 + 50 + 1


def test_many_throttled_connections_slow_it_down_and_time_speeds_it_up() -> None:
    pace = Pace(1000)
    for _ in range(20):
        pace.seen(1.0, throttled=True)
    assert pace.rate == pytest.approx(1000 * SLOWER)
    pace.seen(2.0, throttled=True)
    assert pace.rate == pytest.approx((1000 * SLOWER + 1000 * FASTER_PER_SECOND) * SLOWER)
    for second in range(3, 100):
        pace.take(float(second))
    assert pace.rate == 1000


def test_one_slow_reader_among_many_changes_nothing() -> None:
    pace = Pace(1000)
    for number in range(1000):
        pace.seen(number / 100, throttled=number % 100 == 0)
    assert pace.rate == 1000
    assert not pace.over_rate


def test_however_many_429s_it_never_stops() -> None:
    pace = Pace(1000)
    for second in range(1000):
        pace.seen(second * 0.5, throttled=True)
    assert pace.rate >= 1000 * FLOOR


def test_what_is_urgent_waits_for_nothing_and_the_others_pay() -> None:
    hurried, quiet = Pace(100), Pace(100)
    for _ in range(50):
        hurried.urge(0.0)
    assert posts_in(quiet, 1.0) - posts_in(hurried, 1.0) == pytest.approx(50, abs=2)
