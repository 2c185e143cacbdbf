"""The Python client, producer and command against the real local system."""

import asyncio
import json
import os
import sys
import urllib.request
import uuid
from pathlib import Path
from urllib.parse import quote

import pytest

from events import catalog
from events.jobs import JobAnalyzed
from tests.e2e.system import REPOSITORY, System
from tests.fakes.payloads import PAYLOADS
from tidings import Client, InboxCounts, Status
from tidings.producer import Message, Producer

pytestmark = pytest.mark.network

PATIENCE_SECONDS = 30.0
SCHEDULED = "interview.scheduled"
ANALYZED = JobAnalyzed(
    job_id=42, match_score=85.5, recommendation="apply_now", strengths=["Python"], concerns=[]
)


def user() -> str:
    return f"user-{uuid.uuid4().hex[:8]}"


def producer(system: System) -> Producer:
    return Producer(system.events, bus=system.bus, source="test-service")


async def next_id(client: Client) -> str | None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for event in client:
            return event.id
    raise AssertionError("the iteration ended")


async def test_what_a_producer_publishes_arrives_typed_and_in_full(system: System) -> None:
    name = user()
    async with Client(system.guide_url, user_id=name, channels=["jobs"]) as client:
        messages = [Message(payload=ANALYZED, user_id=name) for _ in range(25)]
        await asyncio.to_thread(producer(system).publish_all, messages)

        heard = {await next_id(client) for _ in messages}

    assert heard == {message.id for message in messages}


async def test_the_payload_is_of_its_class(system: System) -> None:
    name = user()
    async with Client(system.guide_url, user_id=name, channels=["jobs"], catalog=catalog) as client:
        await asyncio.to_thread(producer(system).publish, ANALYZED, user_id=name)
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for event in client:
                if event.type == "job.analyzed":
                    assert event.payload == ANALYZED
                    assert event.channel == "jobs"
                    break


async def test_subscriptions_are_acknowledged_and_survive_a_reset(system: System) -> None:
    name, opened, back = user(), list[Status](), asyncio.Event()

    def tell(status: Status) -> None:
        if status.state == "open":
            opened.append(status)
            if len(opened) == 2:
                back.set()

    async with Client(system.guide_url, user_id=name, on_status=tell) as client:
        assert (await client.subscribe("skills")).subscriber_count >= 1
        await client.subscribe("jobs")
        await client.unsubscribe("skills")
        connection = quote(str(client.status.connection_id))
        reset = urllib.request.Request(  # noqa: S310 - our own address
            f"{system.gateway}/_tidings/gateway/connections/{connection}/reset", method="POST"
        )
        await asyncio.to_thread(urllib.request.urlopen, reset)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await back.wait()
        assert await client.list_channels() == ["jobs"]
        published = await asyncio.to_thread(producer(system).publish, ANALYZED, user_id=name)
        assert await next_id(client) == published


@pytest.mark.slow
async def test_a_server_that_dies_and_comes_back_is_found_again(tmp_path: Path, unused_tcp_port: int) -> None:
    name, states = user(), list[str]()
    first = await asyncio.to_thread(System.start, tmp_path, port=unused_tcp_port)
    async with Client(
        first.guide_url, user_id=name, channels=["jobs"], on_status=lambda status: states.append(status.state)
    ) as client:
        await asyncio.to_thread(first.stop)
        second = await asyncio.to_thread(System.start, tmp_path, port=unused_tcp_port)
        try:
            async with asyncio.timeout(60):
                await client.list_channels()
            published = await asyncio.to_thread(producer(second).publish, ANALYZED, user_id=name)
            assert await next_id(client) == published
        finally:
            await asyncio.to_thread(second.stop)
    assert states[:3] == ["connecting", "open", "reconnecting"]


async def test_the_command_listens_and_publishes(system: System) -> None:
    name = user()
    python = [sys.executable, "-m", "tidings"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "clients/python/src")}
    listening = await asyncio.create_subprocess_exec(
        *[*python, "listen", "--url", system.guide_url, "--user", name, "--channels", "jobs"],
        *["--json", "--count", "1"],
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert listening.stderr is not None
    async with asyncio.timeout(PATIENCE_SECONDS):
        while b"connected as" not in await listening.stderr.readline():
            pass
        publishing = await asyncio.create_subprocess_exec(
            *[*python, "publish", "job.analyzed", "--user", name, "--id", f"{name}-1"],
            *["--data", ANALYZED.model_dump_json(), "--endpoint-url", system.aws],
            env=environment,
            stdout=asyncio.subprocess.DEVNULL,
        )
        assert await publishing.wait() == 0
        printed, _ = await listening.communicate()
    assert listening.returncode == 0
    assert json.loads(printed)["id"] == f"{name}-1"


async def test_the_inbox_is_read_and_seen_on_all_of_a_users_devices(system: System) -> None:
    name = user()
    told_the_second, url = asyncio.Event(), system.guide_url

    def tell(counts: InboxCounts) -> None:
        if counts == (3, 1):
            told_the_second.set()

    async with (
        Client(url, user_id=name, channels=["interviews"]) as first,
        Client(url, user_id=name, on_inbox=tell) as second,
    ):
        assert (first.inbox_counts, second.inbox_counts) == ((0, 0), (0, 0))
        for number in (1, 2, 3):
            await system.put(SCHEDULED, PAYLOADS[SCHEDULED], user_id=name, id=f"{name}-{number}")
        heard = [await next_id(first) for _ in range(3)]
        assert first.inbox_counts == (3, 3)

        page = await first.inbox(limit=2)
        assert [item.inbox for item in page.items] == [3, 2]
        assert (page.unseen, page.more) == (3, True)
        older = await first.inbox(before=page.through)
        ids = [item.id for item in [*page.items, *older.items]]
        assert sorted(ids, key=str) == sorted(heard, key=str)

        assert await first.seen(2) == (3, 1)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await told_the_second.wait()

    python = [sys.executable, "-m", "tidings", "inbox", "--user", name, "--url", system.guide_url]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "clients/python/src")}
    for options, printed in (([], "1 unseen"), (["--seen", "3"], "0 unseen")):
        command = await asyncio.create_subprocess_exec(
            *python,
            *options,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told, _ = await asyncio.wait_for(command.communicate(), PATIENCE_SECONDS)
        assert printed in told.decode()
