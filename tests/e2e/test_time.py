"""Time and faults in the whole system: pings, reminders, a killed function."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.e2e.system import System

pytestmark = pytest.mark.network


async def local_now(system: System) -> datetime:
    return datetime.fromtimestamp((await system.control("GET", "/_tidings/clock"))["now"], UTC)


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_pings_reach_a_client_that_subscribed_to_nothing(system: System) -> None:
    async with system.client() as client:
        await system.advance(150)
        pings = [message for message in await client.told_since() if message["type"] == "system.ping"]
    moments = [datetime.fromisoformat(ping["data"]["timestamp"]) for ping in pings]
    assert len(moments) >= 4
    gaps = {(later - earlier).total_seconds() for earlier, later in pairwise(moments)}
    assert gaps == {30.0}


async def test_an_event_for_later_is_delivered_then(system: System) -> None:
    due_at = await local_now(system) + timedelta(minutes=20)
    name = uuid.uuid4().hex
    notice = {"message": "Soon", "severity": "info", "action_required": False}
    async with system.client("channels=system") as client:
        await system.put("system.notification", notice, id=name, deliver_at=iso(due_at))
        await system.advance(19 * 60)
        early = [message for message in await client.told_since() if message.get("id") == name]
        await system.advance(90)
        message = await client.next_of("system.notification")
    assert early == []
    assert message["data"] == notice


async def test_a_day_of_reminders_passes_in_strides(system: System) -> None:
    starts_at = (await local_now(system)).replace(minute=0, second=0) + timedelta(hours=26)
    interview: dict[str, Any] = {
        "interview_id": int(uuid.uuid4().int % 1_000_000),
        "job_id": 42,
        "company": "Google",
        "job_title": "Senior Software Engineer",
        "interview_type": "technical",
        "scheduled_date": iso(starts_at),
        "duration_minutes": 90,
        "calendar_event_id": "cal_abc123",
    }
    await system.put("interview.scheduled", interview)
    reminded = []
    for before in (timedelta(days=1), timedelta(hours=1), timedelta(minutes=15)):
        reminder_at = starts_at - before
        until_reminder = (reminder_at - await local_now(system)).total_seconds()
        await system.advance(until_reminder - 60, step_seconds=900)
        async with system.client("channels=interviews") as client:
            await system.advance(61)
            reminded += [
                (message["data"]["time_until"], message["data"]["scheduled_date"])
                for message in await client.told_since()
                if message["type"] == "interview.reminder"
                and message["data"]["interview_id"] == interview["interview_id"]
            ]
    assert reminded == [(words, iso(starts_at)) for words in ("1 day", "1 hour", "15 minutes")]


async def test_a_publisher_killed_midway_still_delivers(system: System) -> None:
    name = uuid.uuid4().hex
    kill = {"fault": "function-kill", "times": 1, "seconds": 0.0, "name": "tidings-local-publisher"}
    notice = {"message": "Still here", "severity": "info", "action_required": False}
    async with system.client("channels=system") as client:
        await system.control("PUT", "/_tidings/faults", {"seed": 1, "rules": [kill]})
        try:
            await system.put("system.notification", notice, id=name)
            await asyncio.sleep(0.5)
            # Lambda tries an event again after a minute.
            await system.advance(90)
            message = await client.next_of("system.notification")
        finally:
            await system.control("DELETE", "/_tidings/faults")
    assert message["id"] == name


async def test_a_bus_that_delivers_twice_and_out_of_order_is_not_noticed(system: System) -> None:
    rules = [{"fault": "bus-duplicate", "share": 1.0}, {"fault": "bus-reorder", "share": 1.0}]
    notice = {"message": "Once", "severity": "info", "action_required": False}
    names = [uuid.uuid4().hex for _ in range(5)]
    async with system.client("channels=system") as client:
        await system.control("PUT", "/_tidings/faults", {"seed": 7, "rules": rules})
        try:
            for name in names:
                await system.put("system.notification", notice, id=name)
            # An event that finds the welcome under way still waits on the queue.
            await system.advance(10)
            told = [message.get("id") for message in await client.told_since()]
        finally:
            await system.control("DELETE", "/_tidings/faults")
    assert sorted(name for name in told if name in names) == sorted(names)


@pytest.mark.parametrize(
    ("method", "path", "body", "complaint"),
    [
        ("POST", "/_tidings/clock", {"seconds": 1}, "advance_seconds"),
        ("POST", "/_tidings/clock", {"advance_seconds": -1}, "between 0 and"),
        (
            "POST",
            "/_tidings/clock",
            {"advance_seconds": 1, "step_seconds": 0},
            "step_seconds must be positive",
        ),
        ("PUT", "/_tidings/faults", {"rules": [{"fault": "gremlins"}]}, "fault must be one of"),
        ("PUT", "/_tidings/faults", [], '"rules"'),
    ],
)
async def test_the_control_api_says_what_it_wants(
    system: System, method: str, path: str, body: Any, complaint: str
) -> None:
    status, said = system.request(method, path, body)
    assert status == 400
    assert complaint in said


async def test_the_control_api_does_not_answer_pages_of_other_origins(system: System) -> None:
    status, _ = system.request("GET", "/_tidings/state", headers={"Origin": "https://evil.example"})
    assert status == 403


async def test_the_state_shows_queues_functions_and_schedules(system: System) -> None:
    state = await system.control("GET", "/_tidings/state")
    assert "tidings-local-publisher" in state["functions"]
    assert any("QueuesDelivery" in name for name in state["queues"])
    assert sum(state["schedules_fired"].values()) >= 1
