"""What clients see of the whole system: the guide's documented messages, against the real thing."""

import asyncio
import json
import re
import uuid
from typing import Any

import pytest

from tests.e2e.system import System

pytestmark = pytest.mark.network

JOB = {
    "job_id": 42,
    "company": "Google",
    "job_title": "Senior Software Engineer",
    "location": "Mountain View, CA",
    "source": "linkedin",
}
STATUS_CHANGE = {
    "job_id": 42,
    "company": "Google",
    "job_title": "Senior Software Engineer",
    "old_status": "applied",
    "new_status": "interviewing",
    "timestamp": "2025-11-14T15:05:00Z",
}


def user() -> str:
    return f"user-{uuid.uuid4().hex[:8]}"


def of_type(messages: list[dict[str, Any]], event_type: str) -> list[dict[str, Any]]:
    return [message for message in messages if message["type"] == event_type]


@pytest.mark.parametrize("path", ["stage_url", "guide_url"])
async def test_the_welcome_is_the_first_message_on_both_addresses(system: System, path: str) -> None:
    name = user()
    async with system.client(
        f"user_id={name}&channels=jobs,applications", url=getattr(system, path)
    ) as client:
        told = await client.told_since()
    assert of_type(told, "system.connected") == []


async def test_the_welcome_says_who_one_is_and_what_one_hears(system: System) -> None:
    from websockets.asyncio.client import connect  # noqa: PLC0415 - the bare client: the first frame itself counts

    async with connect(f"{system.guide_url}?user_id=ann&channels=jobs,%20applications,jobs") as socket:
        welcome = json.loads(await socket.recv())
    assert welcome["type"] == "system.connected"
    assert welcome["data"]["user_id"] == "ann"
    assert welcome["data"]["channels"] == ["jobs", "applications"]
    assert welcome["data"]["message"] == "Connected to WebSocket server"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", welcome["timestamp"])


async def test_channels_can_be_joined_left_and_listed(system: System) -> None:
    async with system.client("channels=jobs") as client:
        joined = await client.ask(action="subscribe", channel="recommendations")
        listed = await client.ask(action="list_channels")
        left = await client.ask(action="unsubscribe", channel="jobs")
        listed_again = await client.ask(action="list_channels")
    assert (joined["type"], joined["data"]["channel"]) == ("system.subscribed", "recommendations")
    assert sorted(listed["data"]["channels"]) == ["jobs", "recommendations"]
    assert (left["type"], left["data"]) == ("system.unsubscribed", {"channel": "jobs"})
    assert listed_again["data"]["channels"] == ["recommendations"]


async def test_the_subscriber_count_is_exact(system: System) -> None:
    async with system.client() as first, system.client() as second:
        before = (await first.ask(action="subscribe", channel="skills"))["data"]["subscriber_count"]
        after = (await second.ask(action="subscribe", channel="skills"))["data"]["subscriber_count"]
        again = (await second.ask(action="subscribe", channel="skills"))["data"]["subscriber_count"]
        await first.ask(action="unsubscribe", channel="skills")
        left = (await second.ask(action="subscribe", channel="skills"))["data"]["subscriber_count"]
    assert (after - before, again - before, left - before) == (1, 1, 0)


async def test_an_unknown_action_is_answered_and_the_connection_stays(system: System) -> None:
    async with system.client() as client:
        error = await client.ask(action="dance")
        assert error["data"]["code"] == "unknown_action"
        assert (await client.ask(action="ping"))["type"] == "system.pong"


async def test_an_event_reaches_every_subscriber_of_its_channel_and_nobody_else(system: System) -> None:
    async with (
        system.client("channels=jobs") as one,
        system.client("channels=jobs") as two,
        system.client("channels=applications") as other,
    ):
        event_id = await system.put("job.created", JOB)
        got = [await client.next_of("job.created") for client in (one, two)]
        others = await other.told_since()
    for message in got:
        assert message["data"] == JOB
        assert message["id"] == event_id
        assert message["channel"] == "jobs"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", message["timestamp"])
    assert of_type(others, "job.created") == []


async def test_a_users_event_reaches_both_devices_and_no_other_user(system: System) -> None:
    mine, stranger = user(), user()
    async with (
        system.client(f"user_id={mine}&channels=applications") as laptop,
        system.client(f"user_id={mine}&channels=applications") as phone,
        system.client(f"user_id={stranger}&channels=applications") as other,
    ):
        await system.put("application.status_changed", STATUS_CHANGE, user_id=mine)
        got = [await device.next_of("application.status_changed") for device in (laptop, phone)]
        others = await other.told_since()
    assert [message["data"] for message in got] == [STATUS_CHANGE, STATUS_CHANGE]
    assert of_type(others, "application.status_changed") == []


async def test_the_same_id_twice_is_delivered_once(system: System) -> None:
    name = uuid.uuid4().hex
    async with system.client("channels=jobs") as client:
        for _ in range(3):
            await system.put("job.created", JOB, id=name)
        await system.put(
            "job.analyzing", {"job_id": 42, "company": "Google", "job_title": "Engineer"}, id=f"{name}-end"
        )
        told: list[dict[str, Any]] = []
        # Functions run side by side: either may come first.
        while not {name, f"{name}-end"} <= {message["id"] for message in told}:
            told.append(await client.next_of("job.created", "job.analyzing"))
        told += await client.told_since()
    assert [message["id"] for message in told if "id" in message].count(name) == 1


async def test_an_invalid_event_is_kept_with_the_reason(system: System) -> None:
    name = uuid.uuid4().hex
    async with system.client("channels=jobs") as client:
        await system.put("job.created", {"job_id": "not a number"}, id=name)
        kept = json.loads((await system.queue_message("RejectedEvents"))["Body"])
        told = await client.told_since()
    assert name in json.dumps(kept)
    assert "job_id" in json.dumps(kept)
    assert of_type(told, "job.created") == []


@pytest.mark.slow
async def test_a_connection_that_died_unnoticed_is_forgotten_and_the_living_are_served(
    system: System,
) -> None:
    mine = user()
    async with system.client(f"user_id={mine}&channels=applications") as living:
        await system.control(
            "PUT", "/_tidings/gateway/faults", {"rules": [{"fault": "disconnect-drop"}], "seed": 1}
        )
        try:
            async with system.client(f"user_id={mine}&channels=applications"):
                pass
            before = (await living.ask(action="subscribe", channel="applications"))["data"][
                "subscriber_count"
            ]
        finally:
            await asyncio.to_thread(system.request, "DELETE", "/_tidings/gateway/faults")
        await system.put("application.status_changed", STATUS_CHANGE, user_id=mine)
        assert (await living.next_of("application.status_changed"))["data"] == STATUS_CHANGE
        # Until its handshake must be over, a 410 does not prove that a connection is gone.
        await system.advance(30)
        after = await until_reaped(living, before)
    assert after == before - 1


async def until_reaped(client: Any, before: int) -> int:
    """The count once it has changed; the row goes after the first failed post, which is not our own."""
    async with asyncio.timeout(30):
        while True:
            count: int = (await client.ask(action="subscribe", channel="applications"))["data"][
                "subscriber_count"
            ]
            if count != before:
                return count
            await asyncio.sleep(0.5)
