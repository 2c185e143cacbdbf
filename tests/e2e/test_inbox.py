"""The inbox in the whole system: on two devices, unseen on another road, and a user that is forgotten."""

import asyncio
import json
import uuid
from typing import Any

import pytest

from tests.e2e.system import Client, System
from tests.fakes.payloads import PAYLOADS

pytestmark = [pytest.mark.network, pytest.mark.slow]

REMINDER = "interview.reminder"


async def ask(client: Client, action: str, **fields: Any) -> dict[str, Any]:
    await client.socket.send(json.dumps({"action": action, **fields}))
    data: dict[str, Any] = (await client.next_of(f"system.{action}"))["data"]
    return data


async def publish(system: System, user_id: str) -> str:
    event_id = f"i-{uuid.uuid4().hex}"
    await system.put(REMINDER, PAYLOADS[REMINDER], user_id=user_id, id=event_id)
    await system.advance(0)
    return event_id


async def mailed(system: System, event_id: str) -> list[str]:
    """The sample's lines about an event; its queue is no part of what a step of the clock waits for."""
    for _ in range(20):
        found = [line for line in system.log.read_text().splitlines() if f"{event_id} was not seen" in line]
        if found:
            return found
        await asyncio.sleep(0.1)
    return []


async def test_what_was_missed_is_in_the_inbox_and_seen_on_one_device_is_seen_on_all(system: System) -> None:
    user_id = f"user-{uuid.uuid4().hex}"
    missed = await publish(system, user_id)
    query = f"user_id={user_id}&channels=interviews"
    async with system.client(query) as phone, system.client(query) as desk:
        live = await publish(system, user_id)
        assert (await phone.next_of(REMINDER))["inbox"] == 2
        found = await ask(phone, "inbox")
        assert [one["id"] for one in found["items"]] == [live, missed]
        assert (found["unseen"], found["last"]) == (2, 2)
        assert await ask(phone, "seen", inbox=2) == {"inbox": 2, "unseen": 0, "last": 2}
        assert (await desk.next_of("system.seen"))["data"] == {"inbox": 2, "unseen": 0, "last": 2}
        assert (await ask(desk, "inbox"))["unseen"] == 0


async def test_what_is_not_seen_is_mailed_once_and_what_is_seen_is_not(system: System) -> None:
    away, reader = (f"user-{uuid.uuid4().hex}" for _ in range(2))
    unseen, seen = await publish(system, away), await publish(system, reader)
    async with system.client(f"user_id={reader}") as client:
        await ask(client, "seen", inbox=1)
    await system.advance(5 * 60, step_seconds=60)
    assert not [line for line in system.log.read_text().splitlines() if f"{unseen} was not seen" in line]
    await system.advance(8 * 60, step_seconds=60)
    (line,) = await mailed(system, unseen)
    assert f"mail to {away}" in line
    assert "(not connected)" in line
    await system.advance(30 * 60, step_seconds=300)
    assert len(await mailed(system, unseen)) == 1
    assert f"{seen} was not seen" not in system.log.read_text()


async def test_a_user_that_is_forgotten_has_nothing_any_more_and_a_receipt_says_so(system: System) -> None:
    user_id = f"user-{uuid.uuid4().hex}"
    event_id = await publish(system, user_id)
    forgotten = f"f-{uuid.uuid4().hex}"
    await system.put("user.forgotten", {}, user_id=user_id, id=forgotten)
    await system.advance(0)
    await system.advance(120, step_seconds=60)
    stream = {"S": f"event#{forgotten}"}
    key: Any = {"stream": stream, "offset": {"N": "0"}}
    row = await asyncio.to_thread(system.dynamodb.get_item, TableName=await events_table(system), Key=key)
    receipt = row["Item"]["receipt"]["M"]
    removed = {name: int(value["N"]) for name, value in receipt.items() if name.startswith("removed_")}
    assert removed == {
        "removed_connections": 0,
        "removed_events": 2,
        "removed_items": 1,
        "removed_plans": 1,
        "removed_tickets": 0,
    }
    assert "finished" in row["Item"]
    async with system.client(f"user_id={user_id}&channels=interviews") as client:
        assert (await ask(client, "inbox"))["items"] == []
    await system.advance(15 * 60, step_seconds=300)
    assert f"{event_id} was not seen" not in system.log.read_text()


async def events_table(system: System) -> str:
    names = (await asyncio.to_thread(system.dynamodb.list_tables))["TableNames"]
    (name,) = [one for one in names if "vents" in one]
    return name
