"""Planned messages on their way: what happens to them between the queue and the clients."""

from typing import Any

import pytest

from tests.fakes.catalog import Channel
from tests.fakes.timeline import Timeline

DAY, HOUR, MINUTE = 86_400, 3600, 60
NOTICE, REMINDER = "system.notification", "interview.reminder"


@pytest.fixture
def timeline() -> Timeline:
    """One user on two devices, and somebody else."""
    timeline = Timeline()
    for name, user_id in (("phone", "u"), ("laptop", "u"), ("other", "v")):
        timeline.system.online(name, Channel.INTERVIEWS, Channel.FOLLOWUPS, Channel.SYSTEM, user_id=user_id)
    return timeline


def told(timeline: Timeline, starts: float, **fields: Any) -> None:
    name = "interview.updated" if "status" in fields else "interview.scheduled"
    data = {"scheduled_date": timeline.at(starts), **fields}
    timeline.tell(name, data=data, user_id="u")


def reminders(timeline: Timeline, connection_id: str = "phone") -> list[tuple[float, str]]:
    return [(at, data["time_until"]) for at, data in timeline.messages_at(connection_id, REMINDER)]


def test_three_reminders_reach_both_devices_of_the_user_and_nobody_else(timeline: Timeline) -> None:
    starts = DAY + 2 * HOUR
    told(timeline, starts)
    keep_online(timeline, until=starts)
    expected = [(2 * HOUR, "1 day"), (starts - HOUR, "1 hour"), (starts - 15 * MINUTE, "15 minutes")]
    assert reminders(timeline, "phone") == reminders(timeline, "laptop") == expected
    assert reminders(timeline, "other") == []


def keep_online(timeline: Timeline, *, until: float) -> None:
    """Connections last two hours: these come back under the same name."""
    names = [("phone", "u"), ("laptop", "u"), ("other", "v")]
    while timeline.now < until:
        for name, user_id in names:
            timeline.system.online(name, Channel.INTERVIEWS, user_id=user_id)
        timeline.run(min(until, timeline.now + HOUR))


def test_a_reminder_has_its_own_time_and_an_id_of_key_and_moment(timeline: Timeline) -> None:
    told(timeline, 20 * MINUTE)
    timeline.run(10 * MINUTE)
    [reminder] = [one.message for one in timeline.arrivals["phone"] if one.message["type"] == REMINDER]
    assert reminder["timestamp"] == timeline.at(5 * MINUTE)
    assert reminder["id"] == f"interview:@u:5:15m@{timeline.start + 5 * MINUTE}"
    assert reminder["channel"] == "interviews"


def test_a_late_reminder_goes_out_at_once_and_says_the_truth(timeline: Timeline) -> None:
    told(timeline, 2 * HOUR)
    timeline.run(HOUR + 20 * MINUTE, ticking=False)
    timeline.run(HOUR + 21 * MINUTE)
    assert reminders(timeline) == [(HOUR + 20 * MINUTE, "40 minutes")]


def test_the_reminder_of_an_interview_that_has_begun_is_dropped(timeline: Timeline) -> None:
    told(timeline, 30 * MINUTE)
    timeline.run(30 * MINUTE, ticking=False)
    timeline.run(40 * MINUTE)
    assert reminders(timeline) == []


@pytest.mark.parametrize("moved_at", [59, 60, 100, 199])
@pytest.mark.parametrize("moved_to", [DAY, 1000, 230, 120], ids=str)
def test_what_is_moved_while_it_is_on_the_queue_is_not_sent_at_the_old_time(
    timeline: Timeline, moved_at: float, moved_to: float
) -> None:
    timeline.tell(NOTICE, deliver_at=timeline.at(200), schedule_key="k", event_id="first")
    timeline.run(moved_at)
    timeline.tell(NOTICE, deliver_at=timeline.at(moved_to), schedule_key="k", event_id="second")
    timeline.run(1200)
    expected = [] if moved_to > 1200 else [max(moved_to, moved_at)]
    assert [at for at, _ in timeline.messages_at("phone", NOTICE)] == expected


def test_what_is_moved_away_and_back_is_sent_once(timeline: Timeline) -> None:
    for now, due in ((0, 200), (70, 500), (80, 200)):
        timeline.run(now)
        timeline.tell(
            NOTICE, deliver_at=timeline.at(due), schedule_key="k", data={"message": f"told at {now}"}
        )
    timeline.run(900)
    assert [(at, data["message"]) for at, data in timeline.messages_at("phone", NOTICE)] == [
        (200, "told at 80")
    ]


@pytest.mark.parametrize("cancelled_at", [10, 60, 199])
def test_what_is_cancelled_on_its_way_is_not_sent(timeline: Timeline, cancelled_at: float) -> None:
    timeline.tell(NOTICE, deliver_at=timeline.at(200), schedule_key="k")
    timeline.run(cancelled_at)
    timeline.tell("schedule.cancelled", schedule_key="k")
    timeline.run(600)
    assert timeline.messages_at("phone", NOTICE) == []


def test_a_cancellation_that_comes_after_the_sending_is_harmless(timeline: Timeline) -> None:
    timeline.tell(NOTICE, deliver_at=timeline.at(100), schedule_key="k")
    timeline.run(120)
    timeline.tell("schedule.cancelled", schedule_key="k")
    timeline.run(600)
    assert len(timeline.messages_at("phone", NOTICE)) == 1


def test_a_cancelled_interview_reminds_nobody(timeline: Timeline) -> None:
    told(timeline, 20 * MINUTE)
    timeline.run(4 * MINUTE)
    told(timeline, 20 * MINUTE, status="cancelled")
    timeline.run(30 * MINUTE)
    assert reminders(timeline) == []


def test_a_repeat_or_an_update_keeps_a_reminder_whose_tick_is_late(timeline: Timeline) -> None:
    """Its moment has passed, but it is on its way: only what was planned for another moment is dropped."""
    starts = 50 * MINUTE
    created = {"scheduled_date": timeline.at(starts)}
    timeline.tell("interview.scheduled", data=created, user_id="u", event_id="x")
    timeline.run(36 * MINUTE, ticking=False)
    timeline.tell("interview.scheduled", data=created, user_id="u", event_id="x", occurred=0)
    told(timeline, starts, status="scheduled", duration_minutes=30)
    timeline.run(50 * MINUTE)
    assert reminders(timeline) == [(36 * MINUTE, "14 minutes")]


def test_an_interview_moved_closer_drops_the_reminders_that_have_passed(timeline: Timeline) -> None:
    told(timeline, 3 * HOUR)
    timeline.run(MINUTE)
    told(timeline, 30 * MINUTE, status="rescheduled")
    timeline.run(3 * HOUR)
    assert reminders(timeline) == [(15 * MINUTE, "15 minutes")]


def test_the_queue_may_deliver_twice(timeline: Timeline) -> None:
    timeline.tell(NOTICE, deliver_at=timeline.at(100))
    timeline.tick()
    timeline.deliver_twice()
    timeline.run(200)
    assert [at for at, _ in timeline.messages_at("phone", NOTICE)] == [100]
    assert [at for at, _ in timeline.messages_at("phone", "system.ping")] == [0, 30, 60, 90, 120, 150, 180]


def test_what_the_queue_hands_out_early_waits_for_its_second(timeline: Timeline) -> None:
    timeline.tell(NOTICE, deliver_at=timeline.at(100))
    [(delivery, _)] = timeline.system.queue.messages
    timeline.system.queue.messages.clear()
    for early in (40, 98.5):
        timeline.run(early, ticking=False)
        delivered = timeline.system.app.deliver(delivery, lease=timeline.system.lease)
        assert delivered.result == "early: put back"
    timeline.system.clock.advance(0.8)  # within the second: as good as on time
    timeline.system.app.deliver(delivery, lease=timeline.system.lease)
    assert len(timeline.system.sender.received["phone"]) == 1
    timeline.run(200, ticking=False)
    assert len(timeline.messages_at("phone", NOTICE)) == 1


def test_a_message_for_the_past_goes_out_at_once(timeline: Timeline) -> None:
    timeline.tell(NOTICE, deliver_at=timeline.at(-DAY))
    timeline.run(1)
    [(at, _)] = timeline.messages_at("phone", NOTICE)
    assert at == 0
    assert timeline.arrivals["phone"][-1].message["timestamp"] == timeline.at(0)


@pytest.mark.parametrize(
    ("scheduled", "arrives", "hours"), [(3 * HOUR, HOUR, 2), (90 * MINUTE, 0, 1.5), (-60, 0, 0)]
)
def test_a_follow_up_is_due_two_hours_before_or_at_once(
    timeline: Timeline, scheduled: float, arrives: float, hours: float
) -> None:
    timeline.tell("followup.scheduled", data={"scheduled_date": timeline.at(scheduled)}, user_id="u")
    timeline.run(HOUR + MINUTE)
    [(at, data)] = timeline.messages_at("phone", "followup.due")
    assert (at, data["hours_until_due"]) == (arrives, hours)
    assert timeline.messages_at("other", "followup.due") == []


def test_a_follow_up_sent_meanwhile_is_not_due(timeline: Timeline) -> None:
    timeline.tell("followup.scheduled", user_id="u")
    timeline.run(HOUR - 30)
    timeline.tell("followup.sent", user_id="u")
    timeline.run(HOUR + MINUTE)
    assert timeline.messages_at("phone", "followup.due") == []
