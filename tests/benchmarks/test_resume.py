"""Clients that come back at once: the arithmetic of the simulation, on cases that one can count by hand."""

import pytest

from benchmarks.cost.load import LONG_RUN_SECONDS, SHORT_RUN_SECONDS
from benchmarks.resume.limits import Limits
from benchmarks.resume.simulated import EVENT_SECONDS, QUEUE_SECONDS, Resume

WIDE = Limits(
    connects_per_second=1_000,
    connects_at_once=1_000,
    messages_per_second=1_000,
    publishers=50,
    runs_at_once=900,
)
WELCOMED = SHORT_RUN_SECONDS + QUEUE_SECONDS + LONG_RUN_SECONDS
ANSWERED = SHORT_RUN_SECONDS + 300 * EVENT_SECONDS


def resumed(
    missed: list[int], limits: Limits = WIDE, *, chance: float = 0.0, remembers: bool = True
) -> Resume:
    return Resume(missed, limits, random_of=lambda _: lambda: chance, remembers=remembers).run()


@pytest.mark.parametrize(
    ("missed", "remembers", "units"),
    [
        ([0, 0], True, (6, 14)),
        ([10], True, (5, 8)),
        ([300], True, (30, 8)),
        # Both ask at once: each process reads the rows.
        ([300, 300], True, (60, 16)),
        ([0, 10, 300], False, (38, 23)),
    ],
)
def test_units_are_the_exact_counts_of_each_thing(
    missed: list[int], *, remembers: bool, units: tuple[float, float]
) -> None:
    assert resumed(missed, remembers=remembers).units == units


@pytest.mark.parametrize(("remembers", "units"), [(True, (34, 16)), (False, (60, 16))])
def test_a_process_reads_the_same_rows_once(*, remembers: bool, units: tuple[float, float]) -> None:
    one_after_another = WIDE._replace(connects_per_second=0.5, connects_at_once=1)
    assert resumed([300, 300], one_after_another, chance=0.5, remembers=remembers).units == units


def test_who_missed_nothing_is_up_to_date_with_the_welcome() -> None:
    found = resumed([0, 300])
    assert found.done_at == pytest.approx({0: WELCOMED, 1: WELCOMED + ANSWERED})
    assert found.seconds_until(0.5) == pytest.approx(WELCOMED)
    assert found.seconds_until(1) == pytest.approx(WELCOMED + ANSWERED)


def test_a_throttled_connect_comes_again_after_the_clients_own_wait() -> None:
    narrow = WIDE._replace(connects_per_second=0.5, connects_at_once=1)
    found = resumed([0, 0], narrow, chance=0.5)
    # Both come at 0.5 s. The second one is refused then and 1 s later, and 2 s after that there is room.
    assert found.done_at == pytest.approx({0: 0.5 + WELCOMED, 1: 3.5 + WELCOMED})
    assert found.counts["refused connects"] == 2


def test_a_hot_partition_makes_a_reader_wait_in_the_function() -> None:
    # Two welcomes and two heads leave 26 of 30 units: for one reader.
    hot = WIDE._replace(hot_units_per_second=30)
    found = resumed([300, 300], hot, chance=0.9)
    came_at = 0.9 + WELCOMED
    assert found.done_at == pytest.approx({0: came_at + ANSWERED, 1: came_at + 0.9 + ANSWERED})
    assert found.counts["refused reads"] == 1
    assert found.units == (60, 16)


def test_dollars_are_the_sum_of_what_was_used() -> None:
    found = resumed([10])
    million = dict.fromkeys(
        ("message_million", "lambda_request_million", "read_unit_million", "write_unit_million"), 1e6
    )
    nothing_else = {"sqs_request_million": 0.0, "lambda_gb_second": 0.0, "transfer_gb": 0.0}
    # A welcome, a question and its answer; three runs; five units read and eight written.
    assert found.dollars(million | nothing_else) == pytest.approx(3 + 3 + 5 + 8)
