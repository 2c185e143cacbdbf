"""What events do to the schedule, in whatever order and however often they come."""

from itertools import permutations
from typing import Any

import pytest

from shared.app.ports.schedule import ChangeResult
from shared.domain.deliveries import Scheduled
from shared.domain.schedule import PlanChange
from tests.fakes.payloads import PAYLOADS
from tests.fakes.timeline import Timeline

DAY, HOUR, MINUTE = 86_400, 3600, 60
NOTICE = "system.notification"


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


def waiting(timeline: Timeline) -> dict[str, float]:
    """Seconds from the start, by key."""
    pages = timeline.system.schedule.due(until=timeline.start + 400 * DAY, turn=0)
    return {due.schedule_key: due.due_at - timeline.start for page in pages for due in page}


def interview(timeline: Timeline, starts: float, **fields: Any) -> dict[str, Any]:
    return {"scheduled_date": timeline.at(starts), **fields}


def test_an_interview_plans_three_reminders(timeline: Timeline) -> None:
    outcome = timeline.tell("interview.scheduled", data=interview(timeline, 2 * DAY), user_id="u")
    assert (outcome.planned, outcome.cancelled, outcome.outdated) == (3, 0, 0)
    assert waiting(timeline) == {
        "interview:@u:5:1d": DAY,
        "interview:@u:5:1h": 2 * DAY - HOUR,
        "interview:@u:5:15m": 2 * DAY - 15 * MINUTE,
    }


ORDERS = list(permutations(range(3)))


@pytest.mark.parametrize("status", ["cancelled", "completed"])
@pytest.mark.parametrize(
    ("order", "over"),
    [
        *((order, -5) for order in ORDERS),
        # Of two updates of one second, the last to arrive counts; the creation comes before both.
        *((order, -10) for order in ORDERS if order.index(1) < order.index(2)),
    ],
    ids=str,
)
def test_the_latest_word_counts_in_whatever_order_events_come(
    timeline: Timeline, order: tuple[int, ...], over: float, status: str
) -> None:
    told = [
        ("interview.scheduled", interview(timeline, 2 * DAY), -10),
        ("interview.updated", interview(timeline, 3 * DAY, status="rescheduled"), -10),
        ("interview.updated", interview(timeline, 3 * DAY, status=status), over),
    ]
    for index in order:
        name, data, occurred = told[index]
        timeline.tell(name, data=data, occurred=occurred)
    assert waiting(timeline) == {}


def test_a_creation_of_the_same_second_never_undoes_the_update(timeline: Timeline) -> None:
    timeline.tell("interview.updated", data=interview(timeline, 3 * DAY, status="rescheduled"))
    outcome = timeline.tell("interview.scheduled", data=interview(timeline, 2 * DAY))
    assert outcome.outdated == 3
    assert waiting(timeline)["interview:*:5:1d"] == 2 * DAY


@pytest.mark.parametrize("first", ["plan", "cancel"])
def test_of_a_plan_and_its_cancellation_in_one_second_the_last_to_arrive_counts(
    timeline: Timeline, first: str
) -> None:
    def plan() -> None:
        timeline.tell(NOTICE, deliver_at=timeline.at(DAY), schedule_key="k", event_id="plan")

    def cancel() -> None:
        timeline.tell("schedule.cancelled", schedule_key="k", event_id="cancel")

    told = [plan, cancel] if first == "plan" else [cancel, plan]
    for tell in (*told, *told):  # repeats change nothing
        tell()
    assert waiting(timeline) == ({} if first == "plan" else {"key:k": DAY})


def test_a_key_moves_its_message_and_a_cancellation_drops_it(timeline: Timeline) -> None:
    for occurred, due in ((0, DAY), (1, 2 * DAY), (2, HOUR)):
        timeline.tell(NOTICE, deliver_at=timeline.at(due), schedule_key="k", occurred=occurred)
        assert waiting(timeline) == {"key:k": due}
    outcome = timeline.tell("schedule.cancelled", schedule_key="k", occurred=3)
    assert outcome.cancelled == 1
    assert waiting(timeline) == {}


def test_a_cancellation_that_overtook_its_plan_holds(timeline: Timeline) -> None:
    timeline.tell("schedule.cancelled", schedule_key="k", occurred=5)
    outcome = timeline.tell(NOTICE, deliver_at=timeline.at(DAY), schedule_key="k", occurred=0)
    assert outcome.outdated == 1
    assert waiting(timeline) == {}


def test_messages_without_a_key_are_kept_apart(timeline: Timeline) -> None:
    for event_id in ("a", "b", "a"):
        timeline.tell(NOTICE, deliver_at=timeline.at(DAY), event_id=event_id)
    assert waiting(timeline) == {"event:a": DAY, "event:b": DAY}


def test_a_follow_up_that_was_sent_is_not_due(timeline: Timeline) -> None:
    timeline.tell("followup.scheduled", user_id="u")
    assert waiting(timeline) == {"followup:@u:10": HOUR}
    timeline.tell("followup.sent", user_id="u")
    assert waiting(timeline) == {}


@pytest.mark.parametrize("due", [-DAY, 0, 59, 150])
def test_what_is_due_before_the_next_tick_goes_to_the_queue_at_once(timeline: Timeline, due: float) -> None:
    timeline.tell(NOTICE, deliver_at=timeline.at(due), schedule_key="k")
    message = Scheduled(schedule_key="key:k", due_at=timeline.start + int(due))
    assert timeline.system.queue.messages == [(message, max(0, int(due)))]
    assert waiting(timeline) == {}


def test_what_is_due_later_waits_for_a_tick(timeline: Timeline) -> None:
    timeline.tell(NOTICE, deliver_at=timeline.at(151))
    assert timeline.system.queue.messages == []


def test_a_repeat_finishes_what_a_first_try_left_undone(
    timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crash(Exception):
        pass

    def crash(_change: PlanChange) -> ChangeResult:
        tell(_change)
        raise Crash

    tell = timeline.system.schedule.tell
    monkeypatch.setattr(timeline.system.schedule, "tell", crash)
    with pytest.raises(Crash):
        timeline.tell(NOTICE, deliver_at=timeline.at(30), event_id="a")
    assert timeline.system.queue.messages == []
    monkeypatch.setattr(timeline.system.schedule, "tell", tell)
    outcome = timeline.tell(NOTICE, deliver_at=timeline.at(30), event_id="a")
    assert (outcome.planned, outcome.unchanged) == (0, 1)
    assert [delay for _, delay in timeline.system.queue.messages] == [30]


@pytest.mark.parametrize(
    ("deliver_at", "reason"),
    [
        ("tomorrow", "deliver_at"),
        ("2025-11-15T13:45:00", "UTC offset"),
        ("2026-11-14T15:00:01Z", "365 days"),
        ("9999-12-31T23:59:59Z", "365 days"),
        (5, "deliver_at"),
    ],
)
def test_a_bad_time_is_rejected_with_the_reason(timeline: Timeline, deliver_at: Any, reason: str) -> None:
    outcome = timeline.tell(NOTICE, deliver_at=deliver_at)
    [rejection] = timeline.system.rejections.kept
    assert reason in "; ".join(rejection.reasons)
    assert rejection.reasons == outcome.reasons
    assert rejection.content["detail"]["deliver_at"] == deliver_at
    assert waiting(timeline) == {}


def test_the_last_moment_of_a_year_is_accepted(timeline: Timeline) -> None:
    timeline.tell(NOTICE, deliver_at="2026-11-14T15:00:00Z", schedule_key="k")
    assert waiting(timeline) == {"key:k": 365 * DAY}


@pytest.mark.parametrize("name", ["followup.scheduled", "schedule.cancelled"])
def test_what_is_not_for_clients_cannot_be_delivered_later(timeline: Timeline, name: str) -> None:
    timeline.tell(name, deliver_at=timeline.at(DAY), schedule_key="k")
    [rejection] = timeline.system.rejections.kept
    assert "nothing to deliver" in rejection.reasons[0]
    assert waiting(timeline) == {}


def test_a_bad_event_without_a_time_is_left_to_the_publisher_to_keep(timeline: Timeline) -> None:
    outcome = timeline.tell("interview.scheduled", data={"scheduled_date": "soon"})
    assert outcome.reasons
    assert timeline.system.rejections.kept == []


def test_every_event_type_for_clients_can_be_planned(timeline: Timeline) -> None:
    names = [name for name in PAYLOADS if name != "followup.scheduled"]
    for name in names:
        timeline.tell(name, deliver_at=timeline.at(HOUR), event_id=name)
    planned = {
        name: timeline.system.schedule.current(
            Scheduled(schedule_key=f"event:{name}", due_at=timeline.start + HOUR)
        )
        for name in names
    }
    assert {name: None if plan is None else plan.data for name, plan in planned.items()} == {
        name: PAYLOADS[name] for name in names
    }
