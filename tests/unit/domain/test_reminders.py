"""Which reminders an event plans, moves or drops."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.intake import AcceptedEvent
from shared.domain.moments import parse_time
from shared.domain.reminders import changes_of
from shared.domain.schedule import Cancelled, Planned, release
from tests.fakes.catalog import CATALOG, CATALOGUE
from tests.fakes.payloads import PAYLOADS
from tidings.catalog import (
    Catalog,
    Channel,
    EventType,
    HoursLeft,
    Payload,
    Reminder,
    Text,
    Timestamp,
    days,
    minutes,
)

NOW = parse_time("2025-11-14T15:00:00Z")
DAY, HOUR, MINUTE = 86_400, 3600, 60


def event(name: str, *, user_id: str | None = "user-1", **data: Any) -> AcceptedEvent:
    return AcceptedEvent(
        id="e-1",
        type=CATALOG[name],
        data={**PAYLOADS[name], **data} if name in PAYLOADS else data,
        user_id=user_id,
        occurred_at=NOW,
    )


def planned_times(source: AcceptedEvent, *, now: float = NOW) -> dict[str, float]:
    """Seconds before the interview, by offset."""
    starts_at = parse_time(source.data["scheduled_date"])
    changes = changes_of(source, CATALOGUE, now=now)
    return {one.key.rpartition(":")[2]: starts_at - one.due_at for one in changes if isinstance(one, Planned)}


def cancelled_keys(source: AcceptedEvent, *, now: float = NOW) -> set[str]:
    return {one.key for one in changes_of(source, CATALOGUE, now=now) if isinstance(one, Cancelled)}


@pytest.mark.parametrize(
    ("date", "names"),
    [
        ("2025-11-16T14:00:00Z", {"1d", "1h", "15m"}),
        ("2025-11-15T15:00:00Z", {"1d", "1h", "15m"}),
        ("2025-11-15T14:59:59Z", {"1h", "15m"}),
        ("2025-11-14T16:00:00Z", {"1h", "15m"}),
        ("2025-11-14T15:59:59Z", {"15m"}),
        ("2025-11-14T15:15:00Z", {"15m"}),
        ("2025-11-14T15:14:59Z", set()),
        ("2025-11-14T15:00:00Z", set()),
        ("2020-01-01T00:00:00Z", set()),
    ],
)
def test_an_interview_plans_the_reminders_whose_time_has_not_passed(date: str, names: set[str]) -> None:
    source = event("interview.scheduled", scheduled_date=date)
    offsets = {"1d": DAY, "1h": HOUR, "15m": 15 * MINUTE}
    assert planned_times(source) == {name: offsets[name] for name in names}
    assert len(changes_of(source, CATALOGUE, now=NOW)) == 3


@pytest.mark.parametrize(
    "date",
    [
        "2026-03-29T12:00:00Z",
        "2026-03-29T14:00:00+02:00",
        "2026-03-29T07:00:00-05:00",
        "2026-03-29T17:45:00+05:45",
        "20260329T120000Z",
    ],
)
def test_offsets_name_the_same_moment(date: str) -> None:
    changes = changes_of(event("interview.scheduled", scheduled_date=date), CATALOGUE, now=NOW)
    assert [one.due_at for one in changes if isinstance(one, Planned)] == [
        parse_time(f"2026-03-{text}Z") for text in ("28T12:00:00", "29T11:00:00", "29T11:45:00")
    ]


def test_one_day_before_is_24_hours_before_also_when_clocks_change() -> None:
    """In Berlin the night to 2026-03-29 has 23 hours: the reminder says "1 day", so it comes a day before."""
    source = event("interview.scheduled", scheduled_date="2026-03-29T14:00:00+02:00")
    [day, *_] = changes_of(source, CATALOGUE, now=NOW)
    assert isinstance(day, Planned)
    assert day.due_at == parse_time("2026-03-28T13:00:00+01:00")


@pytest.mark.parametrize("status", ["cancelled", "completed"])
def test_an_interview_that_is_over_drops_its_reminders_whatever_their_time(status: str) -> None:
    source = event("interview.updated", status=status)
    changes = changes_of(source, CATALOGUE, now=NOW)
    assert cancelled_keys(source) == {f"interview:@user-1:5:{name}" for name in ("1d", "1h", "15m")}
    assert {one.unless_due_at for one in changes if isinstance(one, Cancelled)} == {None}


@pytest.mark.parametrize("status", ["scheduled", "rescheduled"])
def test_an_update_moves_the_reminders_under_the_same_keys(status: str) -> None:
    creation, update = event("interview.scheduled"), event("interview.updated", status=status)
    before, after = (changes_of(one, CATALOGUE, now=NOW) for one in (creation, update))
    assert [one.key for one in before] == [one.key for one in after]
    assert min(one.revision for one in after) > max(one.revision for one in before)


def test_what_has_passed_drops_only_plans_for_other_moments() -> None:
    source = event("interview.updated", scheduled_date="2025-11-14T15:30:00Z")
    starts_at = int(parse_time("2025-11-14T15:30:00Z"))
    kept = [one.unless_due_at for one in changes_of(source, CATALOGUE, now=NOW) if isinstance(one, Cancelled)]
    assert kept == [starts_at - DAY, starts_at - HOUR]


def test_a_reminder_goes_to_whom_the_interview_was_told() -> None:
    for user_id, owner in (("user-1", "@user-1"), (None, "*")):
        changes = changes_of(event("interview.scheduled", user_id=user_id), CATALOGUE, now=NOW)
        assert {one.user_id for one in changes if isinstance(one, Planned)} == {user_id}
        assert all(one.key.startswith(f"interview:{owner}:5:") for one in changes)


def test_a_users_event_cannot_reach_another_users_reminder() -> None:
    tricky = changes_of(event("interview.scheduled", user_id="a:5", interview_id=1), CATALOGUE, now=NOW)
    plain = changes_of(event("interview.scheduled", user_id="a", interview_id=5), CATALOGUE, now=NOW)
    assert not {one.key for one in tricky} & {one.key for one in plain}


def test_a_reminder_has_the_fields_of_its_payload() -> None:
    [day, *_] = changes_of(event("interview.scheduled"), CATALOGUE, now=NOW)
    assert isinstance(day, Planned)
    CATALOG["interview.reminder"].payload.model_validate({**day.data, "time_until": "1 day"})
    assert day.event_id == f"{day.key}@{day.due_at}"


@pytest.mark.parametrize(
    ("date", "due_at"),
    [("2025-11-14T18:00:00Z", "2025-11-14T16:00:00Z"), ("2025-11-14T16:30:00Z", "2025-11-14T14:30:00Z")],
    ids=["ahead", "within two hours: at once"],
)
def test_a_follow_up_is_due_two_hours_before(date: str, due_at: str) -> None:
    [planned] = changes_of(event("followup.scheduled", scheduled_date=date), CATALOGUE, now=NOW)
    assert isinstance(planned, Planned)
    assert planned.due_at == parse_time(due_at)
    CATALOG["followup.due"].payload.model_validate({**planned.data, "hours_until_due": 2})


def test_a_follow_up_that_was_sent_is_dropped_also_within_its_second() -> None:
    [planned] = changes_of(event("followup.scheduled"), CATALOGUE, now=NOW)
    [dropped] = changes_of(event("followup.sent"), CATALOGUE, now=NOW)
    assert isinstance(dropped, Cancelled)
    assert dropped.key == planned.key
    assert dropped.revision > planned.revision


def test_an_event_for_later_is_planned_and_one_for_now_is_not() -> None:
    source = event("job.created")
    assert changes_of(source, CATALOGUE, now=NOW) == []
    [planned] = changes_of(replace(source, deliver_at=NOW + DAY), CATALOGUE, now=NOW)
    assert isinstance(planned, Planned)
    assert planned.due_at == NOW + DAY


def test_an_interview_told_later_still_has_its_reminders() -> None:
    source = replace(event("interview.scheduled"), deliver_at=NOW + HOUR)
    assert [one.key for one in changes_of(source, CATALOGUE, now=NOW)] == [
        "event:e-1",
        *(f"interview:@user-1:5:{name}" for name in ("1d", "1h", "15m")),
    ]


def test_a_cancellation_names_the_producers_key() -> None:
    source = replace(event("schedule.cancelled"), schedule_key="k")
    [dropped] = changes_of(source, CATALOGUE, now=NOW)
    assert isinstance(dropped, Cancelled)
    assert dropped.key == "key:k"


class Window(Payload):
    order_id: Text
    window_starts: Timestamp


class Soon(Window):
    hours_left: HoursLeft


SOON = Reminder("order.soon", before=[days(1), minutes(90)], at="window_starts", key="order_id")
SHOP = Catalog(
    types={
        type_.name: type_
        for type_ in (
            EventType(name="order.window", payload=Window, on=Channel("shop"), plans=(SOON,)),
            EventType(name="order.gone", payload=Window, on=Channel("shop"), drops=(SOON,)),
            EventType(name="order.soon", payload=Soon, on=Channel("shop")),
        )
    }
)


def order(name: str, order_id: str, user_id: str = "u") -> AcceptedEvent:
    data = {"order_id": order_id, "window_starts": "2025-11-17T12:00:00Z", "note": "x"}
    return AcceptedEvent(id="e", type=SHOP.types[name], data=data, user_id=user_id, occurred_at=NOW)


def test_another_applications_reminder_is_planned_as_it_says() -> None:
    changes = changes_of(order("order.window", "A-7"), SHOP, now=NOW)
    dropped = changes_of(order("order.gone", "A-7"), SHOP, now=NOW)
    planned = [one for one in changes if isinstance(one, Planned)]

    assert [one.key for one in planned] == ["order.soon:@u:A-7:1d", "order.soon:@u:A-7:90m"]
    assert [one.key for one in dropped] == [one.key for one in planned]
    assert planned[1].due_at == parse_time("2025-11-17T10:30:00Z")
    assert planned[1].data == {"order_id": "A-7", "window_starts": "2025-11-17T12:00:00Z"}
    released = release(planned[1], SHOP, now=planned[1].due_at)
    assert released is not None
    assert released.data["hours_left"] == 1.5


def test_whatever_text_tells_orders_apart_no_user_reaches_anothers() -> None:
    texts = ["1", "a:1", "@a:1", "%3A1", ":1", "1:90m", "x" * 60_000, "x" * 59_999]
    keys = [
        one.key
        for user in ("u", "u:a", "u:@a", "u:a:1")
        for text in texts
        for one in changes_of(order("order.window", text, user), SHOP, now=NOW)
    ]
    assert len(set(keys)) == len(keys) == 4 * len(texts) * 2
    assert max(map(len, keys)) < 1024
