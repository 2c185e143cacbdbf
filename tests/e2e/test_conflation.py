"""Bursts of conflated events in the whole system: the last value sent is the last one shown."""

import asyncio
import json
import uuid
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.e2e.system import Client, System
from tests.fakes.payloads import PAYLOADS

pytestmark = [pytest.mark.network, pytest.mark.slow]

CLIENTS, JOBS, BURSTS, VALUES = 3, 4, 3, 5
PUBLISHER = "tidings-local-publisher"
# Longer than Lambda's retries of an event, and than the queue keeps a message of an invocation that died.
ALL_RETRIED_SECONDS = 420

Rule = dict[str, Any]
FAULTS: dict[str, Sequence[Rule]] = {
    "none": (),
    "duplicates": (
        {"fault": "bus-duplicate", "share": 0.5},
        {"fault": "queue-duplicate", "share": 0.5},
    ),
    "late and in another order": (
        {"fault": "bus-reorder", "share": 1.0},
        {"fault": "bus-delay", "share": 0.3, "seconds": 2.5},
        {"fault": "queue-reorder", "share": 1.0},
        {"fault": "queue-delay", "share": 0.3, "seconds": 1.5},
    ),
    "killed publishers": tuple(
        {"fault": "function-kill", "name": PUBLISHER, "share": 0.2, "times": 3, "seconds": seconds}
        for seconds in (0.0, 0.02, 0.05)
    ),
}


@dataclass
class Producer:
    """Sends numbered values, several for each key within a second."""

    system: System
    user_id: str
    first_job: int = field(default_factory=lambda: uuid.uuid4().int % 1_000_000_000)
    step: int = 0

    async def burst(self) -> None:
        for _ in range(VALUES):
            self.step += 1
            entries: Any = [*self._entries()]
            answer = await asyncio.to_thread(self.system.events.put_events, Entries=entries)
            assert answer["FailedEntryCount"] == 0

    def keys(self) -> set[tuple[str, int]]:
        jobs = range(self.first_job, self.first_job + JOBS)
        return {(name, job) for name in ("job.analyzing", "application.updated") for job in jobs}

    def _entries(self) -> Any:
        for name, job_id in sorted(self.keys()):
            detail: dict[str, Any] = {"data": {**PAYLOADS[name], "job_id": job_id, "step": self.step}}
            if name == "application.updated":
                detail["user_id"] = self.user_id
            yield {
                "EventBusName": self.system.bus,
                "Source": "tests",
                "DetailType": name,
                "Detail": json.dumps(detail),
            }


async def shown(client: Client) -> dict[tuple[str, int], list[int]]:
    """The values of each key, in the order in which the client was told."""
    found = defaultdict(list)
    for message in await client.told_since():
        if "step" in message["data"]:
            found[message["type"], message["data"]["job_id"]].append(message["data"]["step"])
    return found


@pytest.mark.parametrize("faults", FAULTS)
async def test_the_last_value_sent_is_the_last_one_shown(system: System, faults: str) -> None:
    user_id = f"user-{uuid.uuid4().hex[:8]}"
    producer = Producer(system, user_id)
    query = f"user_id={user_id}&channels=jobs,applications"
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(system.client(query)) for _ in range(CLIENTS)]
        rules = {"seed": producer.first_job, "rules": FAULTS[faults]}
        await system.control("PUT", "/_tidings/faults", rules)
        try:
            for _ in range(BURSTS):
                await producer.burst()
                await asyncio.sleep(0.5)
            await system.advance(10)
        finally:
            await system.control("DELETE", "/_tidings/faults")
        await system.advance(ALL_RETRIED_SECONDS)
        for client in clients:
            values = await shown(client)
            assert values.keys() == producer.keys()
            assert {key: told[-1] for key, told in values.items()} == dict.fromkeys(values, producer.step)
            # An event may come twice, but nothing comes after a newer one.
            assert values == {key: sorted(told) for key, told in values.items()}
