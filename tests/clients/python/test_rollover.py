"""Before the two-hour cut a second connection takes over, with nothing lost and nothing twice."""

import asyncio

import pytest

from tests.clients.python.fake_server import FakeServer
from tests.clients.python.test_client import Setting, settle
from tests.clients.python.virtual_time import run

LIFE_SECONDS = 2 * 60 * 60


async def stream(server: FakeServer, *, seconds: int) -> None:
    """One event a second, from a server that cuts at two hours."""
    for second in range(seconds):
        for connection in server.live:
            if asyncio.get_running_loop().time() - connection.opened_at >= LIFE_SECONDS:
                connection.drop(1001, "Going away")
            elif second % 30 == 0:
                connection.ping()
        server.publish(id=str(second))
        await asyncio.sleep(1)


def test_of_an_event_each_second_for_five_hours_none_is_lost_and_none_comes_twice() -> None:
    async def main() -> None:
        s = Setting(tuning={"buffer_limit": 100_000})
        async with s.client as client:
            await stream(s.server, seconds=5 * 60 * 60)
            await client.close()
            ids = [event.id async for event in client]
        assert ids == [str(second) for second in range(5 * 60 * 60)]
        assert s.states == ["connecting", "open", "open", "open", "closed"]
        assert len(s.server.tried) == 3

    run(main)


def test_the_old_connection_stays_until_the_new_one_is_welcomed_and_reconciled() -> None:
    async def main() -> None:
        s = Setting()
        async with s.client:
            s.server.welcoming = False
            await asyncio.sleep(LIFE_SECONDS - 179)
            assert len(s.server.live) == 2
            s.server.last.channels.clear()
            s.server.publish(id="1")
            s.server.last.welcome()
            await asyncio.sleep(6)
            s.server.publish(id="2")
            assert await s.ids(2) == ["1", "2"]
            assert s.server.live == [s.server.last]
            assert s.server.last.channels == ["jobs"]

    run(main)


def test_a_takeover_that_fails_is_tried_again_while_the_status_stays_open() -> None:
    async def main() -> None:
        s = Setting()
        async with s.client:
            s.server.down = True
            await asyncio.sleep(LIFE_SECONDS - 170)
            assert len(s.server.tried) > 2
            s.server.down = False
            await asyncio.sleep(40)
            assert s.server.live == [s.server.last]
        assert s.states == ["connecting", "open", "open", "closed"]

    run(main)


def test_a_cut_in_the_middle_of_a_takeover_leaves_the_takeover_to_finish() -> None:
    async def main() -> None:
        s = Setting()
        async with s.client:
            s.server.welcoming = False
            await asyncio.sleep(LIFE_SECONDS - 179)
            old, fresh = s.server.tried
            old.drop(1001, "Going away")
            await settle()
            fresh.welcome()
            await asyncio.sleep(10)
            assert len(s.server.tried) == 2
        assert s.states == ["connecting", "open", "reconnecting", "open", "closed"]

    run(main)


def test_unsubscribed_in_the_overlap_a_channel_is_not_heard_through_the_old_connection() -> None:
    async def main() -> None:
        s = Setting(channels=["jobs", "skills"])
        async with s.client as client:
            await asyncio.sleep(LIFE_SECONDS - 179)
            assert len(s.server.live) == 2
            await client.unsubscribe("jobs")
            s.server.publish(id="1")
            s.server.publish(id="2", channel="skills", type="skill_gap.updated")
            assert await s.ids(1) == ["2"]

    run(main)


@pytest.mark.parametrize(
    ("life_seconds", "at_most"),
    [(60, 25), (0, 65), (-3600, 65), (365 * 86_400, 1)],
    ids=["a minute", "nothing", "past", "a year"],
)
def test_no_life_makes_a_storm(life_seconds: int, at_most: int) -> None:
    async def main() -> None:
        s = Setting()
        s.server.life_seconds = life_seconds
        async with s.client:
            for _ in range(600):
                await asyncio.sleep(1)
                assert len(s.server.tried) <= at_most

    run(main)
