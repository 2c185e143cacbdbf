from dataclasses import replace
from typing import Any

import pytest

from shared.domain.intake import AcceptedEvent
from shared.domain.schedule import Cancelled, Planned, plan_of, release, revision_of
from tests.fakes.catalog import CATALOG, CATALOGUE
from tests.fakes.payloads import PAYLOADS

NOW = 1_763_132_400.0
DAY = 86_400


def event(**fields: Any) -> AcceptedEvent:
    name = fields.pop("name", "job.created")
    base = AcceptedEvent(id="e-1", type=CATALOG[name], data=PAYLOADS[name], user_id="user-1", occurred_at=NOW)
    return replace(base, **fields)


def reminder(**fields: Any) -> Planned:
    base = Planned(
        key="k",
        due_at=int(NOW),
        revision=1,
        told_by="e-1",
        event_id="k@1",
        event_type="interview.reminder",
        data={"interview_id": 5},
        user_id="user-1",
        counts_down_to=NOW + 3600,
    )
    return replace(base, **fields)


@pytest.mark.parametrize(
    ("schedule_key", "key"),
    [(None, "event:e-1"), ("k", "key:k"), ("interview:*:5:1d", "key:interview:*:5:1d")],
)
def test_producers_keys_cannot_touch_reminders(schedule_key: str | None, key: str) -> None:
    assert plan_of(event(deliver_at=NOW + 0.9, schedule_key=schedule_key)).key == key


def test_a_plan_carries_the_event_and_its_second() -> None:
    planned = plan_of(event(deliver_at=NOW + 60.9))
    assert planned.due_at == int(NOW) + 60
    released = release(planned, CATALOGUE, now=NOW + 61)
    assert released is not None
    assert (released.id, released.user_id) == ("e-1", "user-1")
    assert released.data == PAYLOADS["job.created"]


def test_an_event_without_a_time_is_no_plan() -> None:
    with pytest.raises(ValueError, match="deliver_at"):
        plan_of(event())


def test_revisions_grow_with_time_and_what_follows_comes_after_in_the_same_second() -> None:
    first, second = event(), event(occurred_at=NOW + 1)
    assert revision_of(first) < revision_of(first, follows=True) < revision_of(second)


def test_a_repeat_with_its_producers_moment_stays_behind_what_was_said_after_it() -> None:
    repeated_later = event(occurred_at=NOW + 14, ordered_at=NOW + 0.703)
    said_meanwhile = event(occurred_at=NOW + 14, ordered_at=NOW + 14.1)
    assert revision_of(event(ordered_at=NOW + 0.703)) == revision_of(repeated_later)
    assert revision_of(repeated_later, follows=True) < revision_of(said_meanwhile)


@pytest.mark.parametrize(
    ("left_seconds", "said"),
    [(DAY, "1 day"), (3600.0, "1 hour"), (899.7, "15 minutes"), (300.0, "5 minutes"), (0.5, "1 minute")],
)
def test_a_reminder_says_how_much_is_left_when_it_is_sent(left_seconds: float, said: str) -> None:
    released = release(reminder(), CATALOGUE, now=NOW + 3600 - left_seconds)
    assert released is not None
    assert released.data == {"interview_id": 5, "time_until": said}


@pytest.mark.parametrize("late_seconds", [0, 1, 99_999])
def test_a_reminder_of_an_interview_that_has_begun_is_not_sent(late_seconds: int) -> None:
    assert release(reminder(), CATALOGUE, now=NOW + 3600 + late_seconds) is None


@pytest.mark.parametrize(("late_seconds", "hours"), [(0, 2), (1800, 1.5), (7200, 0), (99_999, 0)])
def test_a_follow_up_is_sent_however_late(late_seconds: int, hours: float) -> None:
    planned = reminder(event_type="followup.due", counts_down_to=NOW + 7200)
    released = release(planned, CATALOGUE, now=NOW + late_seconds)
    assert released is not None
    assert released.data["hours_until_due"] == hours


def test_rows_outlive_what_may_still_come_about_them() -> None:
    revision = revision_of(event())
    assert plan_of(event(deliver_at=NOW + DAY)).expires_at == NOW + 8 * DAY
    assert plan_of(event(deliver_at=0.0)).expires_at == NOW + 7 * DAY
    assert Cancelled(key="k", revision=revision, told_by="e").expires_at == NOW + 2 * DAY
