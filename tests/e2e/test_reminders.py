"""An interview from its planning to its last reminder, in the whole system, on a user's two devices."""

import asyncio
import uuid
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.planned import main
from tests.e2e.system import Client, System

pytestmark = [pytest.mark.network, pytest.mark.slow]

OFFSETS = {"1 day": timedelta(days=1), "1 hour": timedelta(hours=1), "15 minutes": timedelta(minutes=15)}
# What a busy machine may take from the queue to the post; less than what would change the words.
BUSY_SECONDS = 20
NEW = "interview.scheduled"
CHANGED = "interview.updated"


class Story:
    """One interview of a user of its own."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.user_id = f"user-{uuid.uuid4().hex}"
        self.interview_id = uuid.uuid4().int % 1_000_000

    async def now(self) -> datetime:
        return datetime.fromtimestamp((await self.system.control("GET", "/_tidings/clock"))["now"], UTC)

    async def tell(self, event_type: str, starts_at: datetime, **fields: Any) -> None:
        interview = {
            "interview_id": self.interview_id,
            "job_id": 42,
            "company": "Google",
            "job_title": "Senior Software Engineer",
            "interview_type": "technical",
            "scheduled_date": _iso(starts_at),
            "duration_minutes": 90,
            **fields,
        }
        await self.system.put(event_type, interview, user_id=self.user_id)
        await self.system.advance(0)

    async def pass_to(self, moment: datetime) -> None:
        """In strides: a connection would not outlive them."""
        seconds = (moment - await self.now()).total_seconds()
        await self.system.advance(max(0.0, seconds), step_seconds=900)

    async def reminders_around(self, moment: datetime) -> list[list[tuple[str, str]]]:
        """What two devices are reminded of from a minute before to a minute after: (planned for, words)."""
        await self.pass_to(moment - timedelta(seconds=60))
        async with AsyncExitStack() as stack:
            query = f"user_id={self.user_id}&channels=interviews"
            devices = [await stack.enter_async_context(self.system.client(query)) for _ in range(2)]
            await self.system.advance(120)
            return [await self._reminders(device) for device in devices]

    async def _reminders(self, device: Client) -> list[tuple[str, str]]:
        found = []
        for message in await device.told_since():
            if message["type"] != "interview.reminder":
                continue
            assert message["data"]["interview_id"] == self.interview_id
            # The id says which second it was planned for. This machine's own time goes on while it works.
            planned_for = int(message["id"].rpartition("@")[2])
            late_seconds = datetime.fromisoformat(message["timestamp"]).timestamp() - planned_for
            assert 0 <= late_seconds < BUSY_SECONDS
            found.append((_iso(datetime.fromtimestamp(planned_for, UTC)), message["data"]["time_until"]))
        return found


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_three_reminders_come_on_their_second_on_both_devices(system: System) -> None:
    story = Story(system)
    starts_at = (await story.now()).replace(microsecond=0) + timedelta(days=1, minutes=10, seconds=17)
    await story.tell(NEW, starts_at)
    for words, offset in OFFSETS.items():
        moment = starts_at - offset
        assert await story.reminders_around(moment) == [[(_iso(moment), words)]] * 2


async def test_a_moved_interview_reminds_at_its_new_time_only(system: System) -> None:
    story = Story(system)
    starts_at = (await story.now()).replace(microsecond=0) + timedelta(days=1, minutes=10, seconds=41)
    await story.tell(NEW, starts_at)
    day_before = starts_at - OFFSETS["1 day"]
    # Half a minute before the first reminder: it is on the queue already.
    await story.pass_to(day_before - timedelta(seconds=100))
    await system.advance(70)
    moved_to = starts_at + timedelta(days=1)
    await story.tell(CHANGED, moved_to, status="rescheduled")
    nothing: list[list[tuple[str, str]]] = [[], []]
    assert await story.reminders_around(day_before + timedelta(seconds=90)) == nothing
    assert await story.reminders_around(starts_at - OFFSETS["1 hour"]) == nothing
    for words, offset in OFFSETS.items():
        moment = moved_to - offset
        assert await story.reminders_around(moment) == [[(_iso(moment), words)]] * 2


async def test_a_cancelled_interview_reminds_nobody(system: System) -> None:
    story = Story(system)
    starts_at = (await story.now()).replace(microsecond=0) + timedelta(minutes=20, seconds=5)
    await story.tell(NEW, starts_at)
    await story.tell(CHANGED, starts_at, status="cancelled")
    assert await story.reminders_around(starts_at - OFFSETS["15 minutes"]) == [[], []]


async def test_make_schedule_lists_what_is_planned(
    system: System, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    story = Story(system)
    await story.tell(NEW, (await story.now()) + timedelta(days=3, seconds=30))
    assert await asyncio.to_thread(main, ["--gateway", system.gateway, "--aws", system.aws]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if story.user_id in line]
    assert len(lines) == 3
    assert "in 2 d" in lines[0]
    assert "interview.reminder" in lines[0]
    assert "Google" in lines[0]
