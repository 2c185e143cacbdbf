from datetime import UTC, datetime

import pytest

from local.cloud.schedule_expression import ScheduleError, parse


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("expression", "after", "fires"),
    [
        ("rate(1 minute)", "2026-01-01T10:00:30", "2026-01-01T10:01:00"),
        ("rate(1 minute)", "2026-01-01T10:01:00", "2026-01-01T10:02:00"),
        ("rate(5 minutes)", "2026-01-01T10:01:00", "2026-01-01T10:05:00"),
        ("rate(1 hour)", "2026-01-01T10:01:00", "2026-01-01T11:00:00"),
        ("rate(1 day)", "2026-01-01T10:01:00", "2026-01-02T00:00:00"),
        ("cron(15 10 * * ? *)", "2026-01-01T10:15:00", "2026-01-02T10:15:00"),
        ("cron(0 18 ? * MON-FRI *)", "2026-01-02T19:00:00", "2026-01-05T18:00:00"),
        ("cron(0/15 * * * ? *)", "2026-01-01T10:16:00", "2026-01-01T10:30:00"),
        ("cron(0 8 1 * ? *)", "2026-01-01T09:00:00", "2026-02-01T08:00:00"),
        ("cron(0 0 29 FEB ? *)", "2026-01-01T00:00:00", "2028-02-29T00:00:00"),
        ("cron(0 9 ? * 1,7 2027)", "2026-01-01T00:00:00", "2027-01-02T09:00:00"),
    ],
)
def test_the_next_time_is_the_first_that_matches(expression: str, after: str, fires: str) -> None:
    assert parse(expression).next_after(seconds(after)) == seconds(fires)


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(0 minutes)",
        "rate(1 second)",
        "every day",
        "cron(* * * * *)",
        "cron(0 10 * * * *)",
        "cron(0 10 L * ? *)",
        "cron(61 10 * * ? *)",
    ],
)
def test_what_eventbridge_would_refuse_is_refused(expression: str) -> None:
    with pytest.raises(ScheduleError):
        parse(expression)


def test_a_day_that_never_comes_is_said_so() -> None:
    with pytest.raises(ScheduleError, match="no day"):
        parse("cron(0 0 31 FEB ? *)").next_after(0)
