"""The Python client on the real local system, with faults: every event that it was owed is handled once."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e.system import System
from tests.fakes.payloads import PAYLOADS
from tidings import Client, Event, Recovery
from tidings.options import Tuning

pytestmark = pytest.mark.network

PATIENCE_SECONDS = 60.0
TYPES = {"jobs": "job.created", "skills": "skill_gap.completed", "interviews": "interview.scheduled"}
PUBLISHER = "tidings-local-publisher"
GATEWAY_FAULTS = (
    {"fault": "reset-on-post", "share": 0.06},
    {"fault": "reset-on-message", "share": 0.03},
    {"fault": "post-gone", "share": 0.06},
    {"fault": "connection-gone", "share": 0.03},
    {"fault": "post-limit", "share": 0.3},
    {"fault": "post-error", "share": 0.06},
)
FAULTS = (
    {"fault": "bus-duplicate", "share": 0.3},
    {"fault": "bus-reorder", "share": 0.5},
    {"fault": "queue-duplicate", "share": 0.3},
    *(
        {"fault": "function-kill", "name": PUBLISHER, "share": 0.1, "times": 2, "seconds": after}
        for after in (0.0, 0.03, 0.06)
    ),
)


class Program:
    """A program that handles events, and goes on where it stopped when it is started again."""

    def __init__(self, url: str, name: str, positions: Path) -> None:
        self.name = name
        self.handled: list[str] = []
        self.recovered = 0
        self.lost: list[Recovery] = []
        self.states: list[str] = []
        self.fetched: list[str] = []
        self._url = url
        self._positions = positions

    def client(self) -> Client:
        return Client(
            self._url,
            user_id=self.name,
            channels=list(TYPES),
            positions=self._positions,
            on_status=lambda status: self.states.append(status.state),
            on_recovery=self._tell,
            get_state=lambda stream, _reason: self.fetched.append(stream),
            tuning=Tuning(heartbeat_seconds=30, retry_cap_seconds=1.0),
        )

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncIterator[Client]:
        async with self.client() as client:
            handling = asyncio.create_task(self._handle(client))
            yield client
            await client.close()
            await handling

    async def _handle(self, client: Client) -> None:
        async for event in client:
            self._count(event)
            await asyncio.sleep(0)

    def _count(self, event: Event) -> None:
        # Others publish to the same channels.
        if event.id is not None and event.id.startswith(self.name):
            self.handled.append(event.id)
            self.recovered += event.recovered

    def _tell(self, recovery: Recovery) -> None:
        if recovery.state == "state_lost":
            self.lost.append(recovery)


class Publishing:
    """Numbered events, to everybody on a channel and to the user alone."""

    def __init__(self, system: System, name: str) -> None:
        self.system = system
        self.name = name
        self.owed: list[str] = []

    async def some(self, count: int) -> None:
        for _ in range(count):
            number = len(self.owed)
            event_id = f"{self.name}-{number}"
            options: dict[str, Any] = {"user_id": self.name} if number % 2 else {}
            kind = TYPES[("jobs", "skills", "interviews")[number // 2 % 3]]
            await self.system.put(kind, PAYLOADS[kind], id=event_id, **options)
            self.owed.append(event_id)


def a_name() -> str:
    return f"user-{uuid.uuid4().hex[:8]}"


@contextlib.asynccontextmanager
async def faults(system: System, seed: int) -> AsyncIterator[None]:
    await system.control("PUT", "/_tidings/gateway/faults", {"seed": seed, "rules": GATEWAY_FAULTS})
    await system.control("PUT", "/_tidings/faults", {"seed": seed, "rules": FAULTS})
    try:
        yield
    finally:
        await system.control("DELETE", "/_tidings/faults")
        await asyncio.to_thread(system.request, "DELETE", "/_tidings/gateway/faults")


async def reset(system: System, client: Client) -> None:
    if client.status.connection_id is not None:
        connection = quote(client.status.connection_id)
        await asyncio.to_thread(system.request, "POST", f"/_tidings/gateway/connections/{connection}/reset")


async def handled(program: Program, owed: list[str], system: System) -> None:
    """Wait until each was handled. Retries, leases and pings need the clock to go on."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not set(owed) <= set(program.handled):
            await system.advance(30)
            await asyncio.sleep(0.3)


def once(program: Program, owed: list[str]) -> None:
    assert sorted(program.handled) == sorted(owed)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_with_all_faults_on_every_event_is_handled_once(system: System, tmp_path: Path) -> None:
    name = a_name()
    program, publishing = (
        Program(system.guide_url, name, tmp_path / "positions.json"),
        Publishing(system, name),
    )
    async with program.run():
        await publishing.some(6)
        await handled(program, publishing.owed, system)
    for run in range(2):
        async with faults(system, seed=run), program.run() as client:
            for _ in range(2):
                await publishing.some(12)
                await reset(system, client)
                await system.advance(5)
        # Nobody is there to hear these.
        await publishing.some(6)
    async with program.run():
        await handled(program, publishing.owed, system)
    once(program, publishing.owed)
    assert program.lost == []
    # Else the faults were none.
    assert program.recovered > 12
    assert program.states.count("reconnecting") > 4


async def test_over_the_two_hour_cut_every_event_is_handled_once(system: System, tmp_path: Path) -> None:
    name = a_name()
    program, publishing = (
        Program(system.guide_url, name, tmp_path / "positions.json"),
        Publishing(system, name),
    )
    async with program.run() as client:
        first = client.status.connection_id
        for _ in range(18):
            await system.advance(380, step_seconds=380)
            # A connection without a message for ten minutes is cut.
            await client.list_channels()
        assert client.status.connection_id == first
        for _ in range(8):
            await publishing.some(4)
            await system.advance(45)
        await handled(program, publishing.owed, system)
        assert client.status.connection_id != first
    once(program, publishing.owed)
    assert program.lost == []
    assert "reconnecting" not in program.states


async def test_who_is_away_for_longer_than_events_are_kept_is_told_so(system: System, tmp_path: Path) -> None:
    name = a_name()
    program, publishing = (
        Program(system.guide_url, name, tmp_path / "positions.json"),
        Publishing(system, name),
    )
    async with program.run():
        await publishing.some(2)
        await handled(program, publishing.owed, system)
    await publishing.some(2)
    await system.advance(25 * 3600, step_seconds=3600)
    async with program.run():
        await publishing.some(2)
        owed = publishing.owed[:2] + publishing.owed[4:]
        await handled(program, owed, system)
    once(program, owed)
    assert {(lost.stream, lost.reason) for lost in program.lost} == {
        ("skills", "expired"),
        ("@me", "expired"),
    }
    assert sorted(program.fetched) == ["@me", "skills"]


@pytest.mark.slow
async def test_a_system_that_is_killed_and_forgets_is_told_as_lost_state(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    name = a_name()
    first = await asyncio.to_thread(System.start, tmp_path, port=unused_tcp_port)
    program, publishing = Program(first.guide_url, name, tmp_path / "positions.json"), Publishing(first, name)
    async with program.run() as client:
        await publishing.some(6)
        await handled(program, publishing.owed, first)
        first.process.kill()
        await asyncio.to_thread(first.process.wait)
        second = await asyncio.to_thread(System.start, tmp_path, port=unused_tcp_port)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await client.list_channels()
            publishing.system = second
            await publishing.some(6)
            await handled(program, publishing.owed, second)
        finally:
            await client.close()
            await asyncio.to_thread(second.stop)
    once(program, publishing.owed)
    # The local run keeps nothing over its end: its streams begin anew.
    assert {recovery.reason for recovery in program.lost} == {"epoch"}
    assert sorted(program.fetched) == sorted(["@me", *TYPES])
