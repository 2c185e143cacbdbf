"""The load on a server of the test's own: what it counts, and that it ends."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from websockets.asyncio.server import ServerConnection, serve

from benchmarks.load import run
from benchmarks.load.__main__ import is_loopback
from benchmarks.load.report import histogram, in_the_terminal, percentile, write_svg
from benchmarks.load.run import Load

pytestmark = pytest.mark.network


class Stage:
    """Sends every event to every connection, except to the first one of those that it was told to lose."""

    def __init__(self, *, lose: int = 0, repeat: bool = False) -> None:
        self.connections: list[ServerConnection] = []
        self.loop = asyncio.get_running_loop()
        self.lose, self.repeat = lose, repeat

    async def serve(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        await connection.send(json.dumps({"type": "system.connected"}))
        await connection.wait_closed()

    def put(self, event_id: str) -> None:
        asyncio.run_coroutine_threadsafe(self.tell(event_id), self.loop).result()

    async def tell(self, event_id: str) -> None:
        for connection in self.connections[self.lose :]:
            for _ in range(1 + self.repeat):
                await connection.send(json.dumps({"type": "job.created", "id": event_id}))


@asynccontextmanager
async def served(stage: Stage) -> AsyncIterator[str]:
    async with serve(stage.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"ws://127.0.0.1:{port}/?channels=jobs"


def load_on(address: str, stage: Stage) -> Load:
    return Load(
        address=address, put=stage.put, clients=5, events=4, events_per_second=1_000, deadline_seconds=20
    )


async def test_each_event_is_timed_for_each_client() -> None:
    stage = Stage()
    async with served(stage) as address:
        load = load_on(address, stage)
        await load()

    assert (load.connected, load.refused, load.closed, load.twice) == (5, 0, 0, 0)
    assert len(load.latencies) == load.expected == 20


async def test_what_comes_twice_counts_once() -> None:
    stage = Stage(repeat=True)
    async with served(stage) as address:
        load = load_on(address, stage)
        await load()

    assert len(load.latencies) == 20
    assert load.twice > 0


async def test_what_does_not_come_is_missing_and_the_load_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "GRACE_SECONDS", 0.3)
    stage = Stage(lose=2)
    async with served(stage) as address:
        load = load_on(address, stage)
        await load()

    assert (len(load.latencies), load.expected) == (12, 20)


async def test_without_a_stage_nothing_is_put(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "TRIES", 1)
    stage = Stage()
    load = load_on("ws://127.0.0.1:1/", stage)
    await load()

    assert (load.connected, load.refused, load.expected) == (0, 5, 0)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ws://localhost:8000/api/v1/ws", True),
        ("ws://127.0.0.1/", True),
        ("ws://[::1]:80/", True),
        ("wss://localhost.example.com/", False),
        ("wss://abc.execute-api.eu-west-1.amazonaws.com/prod", False),
        ("ws://192.168.1.2/", False),
    ],
)
def test_an_address_elsewhere_must_be_meant(address: str, *, expected: bool) -> None:
    assert is_loopback(address) is expected


def test_a_histogram_holds_every_latency(tmp_path: Path) -> None:
    seconds = [0.001] * 90 + [0.1] * 9 + [2.0]
    bars = histogram(seconds, bars=8)

    assert sum(bar.deliveries for bar in bars) == 100
    assert (bars[0].deliveries, bars[-1].deliveries) == (90, 1)
    assert bars[-1].to_seconds == pytest.approx(2.0)
    assert len(in_the_terminal(bars)) == 8
    assert [percentile(seconds, p) for p in (50, 90, 99, 100)] == [0.001, 0.001, 0.1, 2.0]
    write_svg(tmp_path / "load.svg", bars, title="100 deliveries")
    assert ET.parse(tmp_path / "load.svg").getroot().tag.endswith("svg")  # noqa: S314 - our own file


def test_equal_latencies_are_one_bar() -> None:
    assert [bar.deliveries for bar in histogram([0.5, 0.5])] == [2]
