from collections import Counter
from itertools import pairwise

import pytest

from shared.domain.heartbeats import heartbeats_between, own_interval, pong_leaves_a_trace

T = 1_763_132_400  # a whole hour


@pytest.mark.parametrize(
    ("start", "end", "interval", "seconds"),
    [
        (T, T + 60, 30, [0, 30]),
        (T + 0.001, T + 60.001, 30, [30, 60]),
        (T - 0.5, T + 30, 30, [0]),
        (T + 1, T + 30, 30, []),
        (T, T + 150, 60, [0, 60, 120]),
        (T, T, 30, []),
    ],
    ids=["a minute", "just after", "just before", "none", "slower", "no time"],
)
def test_pings_of_a_small_stage_are_due_at_multiples_of_the_interval(
    start: float, end: float, interval: int, seconds: list[int]
) -> None:
    assert heartbeats_between(start, end, interval) == [(T + second, 0) for second in seconds]


def test_shares_are_spread_evenly_over_the_interval() -> None:
    assert heartbeats_between(T, T + 30, 30, shares=4) == [(T, 0), (T + 7, 1), (T + 15, 2), (T + 22, 3)]


@pytest.mark.parametrize("shares", [1, 3, 8, 64])
@pytest.mark.parametrize("interval", [30, 45, 540])
def test_every_share_is_pinged_once_an_interval_whoever_plans(interval: int, shares: int) -> None:
    hour = heartbeats_between(T, T + 3600, interval, shares=shares)
    assert hour == sorted(hour)
    for share in range(shares):
        moments = [due_at for due_at, its in hour if its == share]
        gaps = {later - earlier for earlier, later in pairwise(moments)}
        assert gaps == {interval}
    pieces = [
        beat
        for m in range(60)
        for beat in heartbeats_between(T + m * 60, T + m * 60 + 60, interval, shares=shares)
    ]
    assert pieces == hour


@pytest.mark.parametrize("interval", [0, -30, 541])
def test_an_interval_that_api_gateway_would_cut_is_refused(interval: int) -> None:
    with pytest.raises(ValueError, match="interval_seconds"):
        heartbeats_between(T, T + 60, interval)


@pytest.mark.parametrize(
    ("asked", "stage", "own"),
    [
        ("30", 30, None),
        ("31", 30, 300),
        ("300", 30, 300),
        ("301", 30, 540),
        ("540", 30, 540),
        ("0300", 30, ValueError),
        ("30", 60, None),
        ("60", 60, None),
        ("200", 240, None),
        ("250", 240, 300),
        ("300", 540, None),
        ("29", 30, ValueError),
        ("541", 30, ValueError),
        ("0", 30, ValueError),
        ("-300", 30, ValueError),
        ("300.0", 30, ValueError),
        ("3e2", 30, ValueError),
        ("٣٠٠", 30, ValueError),
        (" 300", 30, ValueError),
        ("soon", 30, ValueError),
        ("9" * 5_000, 30, ValueError),
    ],
)
def test_a_connection_gets_the_next_longer_interval_never_a_shorter_one(
    asked: str, stage: int, own: int | type[ValueError] | None
) -> None:
    if isinstance(own, type):
        with pytest.raises(own):
            own_interval(asked, stage)
    else:
        assert own_interval(asked, stage) == own


def test_those_who_are_pinged_less_often_leave_traces_too() -> None:
    """The function does not know the interval: it judges by the stage's."""
    rounds = 200
    for name in ("a", "b", "Y4dlHdaUoAMCJvA="):
        traces = sum(
            pong_leaves_a_trace(name, now=T + number * 300 + 0.2, heartbeat_seconds=30)
            for number in range(rounds)
        )
        assert rounds / 20 < traces < rounds / 5


@pytest.mark.parametrize(("interval", "one_in"), [(30, 10), (60, 5), (540, 1)])
def test_one_pong_in_several_leaves_a_trace(interval: int, one_in: int) -> None:
    beats = range(10 * one_in)
    for name in ("a", "b", "Y4dlHdaUoAMCJvA="):
        traces = [
            beat
            for beat in beats
            if pong_leaves_a_trace(name, now=T + beat * interval + 0.2, heartbeat_seconds=interval)
        ]
        assert len(traces) == 10
        assert len(beats) == 10 * one_in


def test_traces_of_many_connections_are_spread_over_the_beats() -> None:
    counts = Counter(
        beat
        for beat in range(10)
        for number in range(1_000)
        if pong_leaves_a_trace(f"connection-{number}", now=T + beat * 30, heartbeat_seconds=30)
    )
    assert sum(counts.values()) == 1_000
    assert max(counts.values()) < 200
