from concurrent.futures import ThreadPoolExecutor

from local.cloud.ingestion import Ingestion, timestamp


def test_moments_have_microseconds() -> None:
    assert Ingestion(lambda: 1_767_225_600.25).moments(1) == ["2026-01-01T00:00:00.250000Z"]
    assert timestamp(1_767_225_600.25) == "2026-01-01T00:00:00.250000Z"


def test_moments_increase_within_a_call_and_across_calls_although_time_stands_still() -> None:
    ingestion = Ingestion(lambda: 1_767_225_599.999999)
    moments = [*ingestion.moments(2), *ingestion.moments(1)]
    assert moments == [
        "2025-12-31T23:59:59.999999Z",
        "2026-01-01T00:00:00.000000Z",
        "2026-01-01T00:00:00.000001Z",
    ]


def test_moments_never_go_back_when_time_does() -> None:
    times = iter([100.0, 99.0])
    ingestion = Ingestion(lambda: next(times))
    assert ingestion.moments(1) < ingestion.moments(1)


def test_no_two_threads_get_the_same_moment() -> None:
    ingestion = Ingestion(lambda: 0.0)
    with ThreadPoolExecutor(8) as threads:
        found = [moment for moments in threads.map(ingestion.moments, [3] * 200) for moment in moments]
    assert len(set(found)) == len(found)
