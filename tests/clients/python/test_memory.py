"""A client that missed events, against a server in this process that keeps them."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.clients.python.fake_server import FakeServer, FakeStream
from tests.clients.python.test_client import URL, Setting, settle
from tests.clients.python.virtual_time import now, run
from tidings import Client, TidingsError
from tidings.memory import Recovery
from tidings.options import Tuning


class Remembering(Setting):
    """A server that keeps events, and a client that tells what it recovers."""

    def __init__(self, *, channels: tuple[str, ...] = ("jobs",), **options: Any) -> None:
        self.told: list[str] = []
        super().__init__(channels=list(channels), on_recovery=self._tell, **options)
        self.server.streams = {name: FakeStream() for name in (*channels, "@me")}

    def _tell(self, recovery: Recovery) -> None:
        more = {"recovered": f": {recovery.count}", "state_lost": f": {recovery.reason}"}
        self.told.append(f"{recovery.state} {recovery.stream}{more.get(recovery.state, '')}")

    def stream(self, name: str = "jobs") -> FakeStream:
        assert self.server.streams is not None
        return self.server.streams[name]

    async def reconnect(self) -> None:
        self.server.last.drop(1006)
        await asyncio.sleep(1)


async def all_ids(client: Client) -> list[str | None]:
    await client.close()
    return [event.id async for event in client]


def offsets(first: int, last: int, stream: str = "jobs") -> list[str]:
    return [f"{stream}/{offset}" for offset in range(first, last + 1)]


@pytest.mark.parametrize("missed", [0, 1, 100, 101, 300, 1_000])
def test_what_was_published_while_the_connection_was_away_comes_once_and_in_order(missed: int) -> None:
    async def main() -> None:
        s = Remembering(tuning={"buffer_limit": 2_000})
        async with s.client as client:
            s.server.publish()
            s.server.last.drop(1006)
            for _ in range(missed):
                s.server.publish(lost=True)
            await asyncio.sleep(20)
            s.server.publish()
            await settle()
            assert await all_ids(client) == offsets(1, missed + 2)
        assert s.told == (["recovering jobs", f"recovered jobs: {missed}"] if missed else [])
        assert len(s.server.asked()) == -(-missed // 100)

    run(main)


def test_two_losses_in_a_row_and_one_that_lasts_an_instant() -> None:
    async def main() -> None:
        s = Remembering()
        async with s.client as client:
            for _ in range(2):
                s.server.last.drop(1006)
                s.server.publish(lost=True)
                await asyncio.sleep(0.9)
            await s.reconnect()
            assert len(s.server.asked()) == 2
            await s.reconnect()
            assert await all_ids(client) == offsets(1, 2)
        assert len(s.server.asked()) == 2

    run(main)


def test_a_post_that_is_lost_on_a_living_connection_is_noticed_by_the_next_event() -> None:
    async def main() -> None:
        s = Remembering()
        async with s.client as client:
            s.server.publish()
            s.server.publish(lost=True)
            s.server.publish()
            assert await s.ids(1) == offsets(1, 1)
            began = now()
            assert await s.ids(2) == offsets(2, 3)
            assert now() - began == pytest.approx(0.5, abs=0.01)
        assert client.status.state == "closed"
        assert s.told == ["recovering jobs", "recovered jobs: 2"]

    run(main)


def test_the_last_event_is_missed_until_the_next_ping_tells_its_head() -> None:
    async def main() -> None:
        s = Remembering()
        async with s.client:
            s.server.publish(lost=True)
            s.server.last.ping()
            began = now()
            assert await s.ids(1) == offsets(1, 1)
            assert now() - began == pytest.approx(2, abs=0.01)

    run(main)


def test_events_out_of_order_within_a_moment_are_put_in_order_without_a_question() -> None:
    async def main() -> None:
        s = Remembering()
        async with s.client:
            for _ in range(3):
                s.server.publish(lost=True)
            for offset in (3, 1, 2, 3):
                s.server.deliver(s.stream().events[offset])
            assert await s.ids(3) == offsets(1, 3)
        assert s.server.asked() == []

    run(main)


def test_an_event_waits_two_seconds_for_the_one_before_it_and_not_longer() -> None:
    async def main() -> None:
        s = Remembering()
        async with s.client as client:
            s.server.answering = False
            s.server.publish(lost=True)
            s.server.publish()
            began = now()
            assert await s.ids(1) == offsets(2, 2)
            assert now() - began == pytest.approx(2, abs=0.01)
            s.server.answering = True
            assert await s.ids(1) == offsets(1, 1)
            assert await all_ids(client) == []

    run(main)


def test_what_the_user_alone_got_is_recovered_by_channel() -> None:
    async def main() -> None:
        s = Remembering(channels=("jobs", "skills"), user_id="user123")
        async with s.client:
            s.server.publish(own=True)
            s.server.publish(own=True, channel="skills")
            s.server.publish(own=True, channel="interviews")
            s.server.publish(own=True, lost=True)
            s.server.publish(own=True, channel="skills")
            s.server.publish(own=True)
            assert await s.ids(5) == ["@me/1", "@me/2", "@me/5", "@me/4", "@me/6"]
        assert s.told == ["recovering @me", "recovered @me: 2"]

    run(main)


@pytest.mark.parametrize("reason", ["epoch", "expired", "forbidden_channel"])
def test_state_that_is_lost_is_fetched_before_what_comes_later(reason: str) -> None:
    async def main() -> None:
        done: list[str | None] = []

        async def get_state(stream: str, reason: str) -> None:
            await asyncio.sleep(3)
            done.append(f"state of {stream}: {reason}")

        s = Remembering(get_state=get_state)
        async with s.client as client:
            s.server.publish()
            await settle()
            s.server.last.drop(1006)
            s.server.publish(lost=True)
            match reason:
                case "epoch":
                    s.stream().epoch = "e2"
                case "expired":
                    s.stream().expired_through = 2
                case _:
                    s.server.history_refusals = [reason]
            await asyncio.sleep(1)
            s.server.publish()
            async for event in client:
                done.append(event.id)
                if event.id == "jobs/3":
                    break
        assert done == ["jobs/1", f"state of jobs: {reason}", "jobs/3"]
        assert s.told[-1] == f"state_lost jobs: {reason}"

    run(main)


def test_a_state_that_cannot_be_fetched_is_told_and_fetched_again() -> None:
    async def main() -> None:
        answers = iter([OSError("away"), None])

        def get_state(_stream: str, _reason: str) -> None:
            if error := next(answers):
                raise error

        s = Remembering(get_state=get_state)
        async with s.client as client:
            s.stream().epoch = "e2"
            await s.reconnect()
            s.server.publish()
            with pytest.raises(OSError, match="away"):
                await client.next()
            assert await s.ids(1) == offsets(1, 1)

    run(main)


def test_an_offset_that_may_still_be_filled_is_waited_for() -> None:
    async def main() -> None:
        s = Remembering()
        async with s.client:
            s.server.last.drop(1006)
            for _ in range(3):
                s.server.publish(lost=True)
            late = s.stream().events.pop(2)
            s.stream().settling.add(2)
            await asyncio.sleep(2)
            assert await s.ids(1) == offsets(1, 1)
            s.stream().events[2] = late
            s.stream().settling.clear()
            assert await s.ids(2) == offsets(2, 3)
        assert s.told == ["recovering jobs", "recovered jobs: 3"]

    run(main)


@pytest.mark.parametrize("code", ["rate_limited", "internal_error"])
def test_a_question_that_cannot_be_answered_now_is_asked_again(code: str) -> None:
    async def main() -> None:
        s = Remembering()
        s.server.history_refusals = [code] * 8
        async with s.client:
            s.server.last.drop(1006)
            s.server.publish(lost=True)
            assert await s.ids(1) == offsets(1, 1)
        assert s.told == ["recovering jobs", "recovered jobs: 1"]

    run(main)


def test_a_history_that_cannot_be_read_is_a_loss() -> None:
    async def main() -> None:
        s = Remembering()
        async with s.client:
            s.server.last.drop(1006)
            s.server.publish(lost=True)
            s.stream().answer = lambda *_a, **_o: {"recovered": True, "epoch": "e1"}  # type: ignore[method-assign]
            await asyncio.sleep(2)
        assert s.told == ["recovering jobs", "state_lost jobs: malformed"]

    run(main)


def test_a_slow_program_reads_a_long_history_at_its_pace_and_loses_nothing() -> None:
    async def main() -> None:
        s = Remembering(tuning={"buffer_limit": 400})
        async with s.client as client:
            s.server.last.drop(1006)
            for _ in range(1_000):
                s.server.publish(lost=True)
            await asyncio.sleep(60)
            assert len(s.server.asked()) <= 4
            for _ in range(500):
                s.server.publish()
            handled = []
            async for event in client:
                handled.append(event.id)
                await asyncio.sleep(0.01)
                if len(handled) == 1_500:
                    break
            assert handled == offsets(1, 1_500)
            assert client.dropped == 0

    run(main)


def test_a_history_of_many_pages_stays_below_the_rate_limit() -> None:
    async def main() -> None:
        s = Remembering(tuning={"buffer_limit": 10_000})
        s.server.page_events = 20
        async with s.client as client:
            s.server.last.drop(1006)
            for _ in range(1_000):
                s.server.publish(lost=True)
            began = now()
            assert await s.ids(1_000) == offsets(1, 1_000)
            assert len(s.server.asked()) == 50
            assert now() - began > 20
            assert await all_ids(client) == []

    run(main)


def test_a_waiting_program_that_is_cancelled_loses_no_event() -> None:
    async def main() -> None:
        s = Remembering()
        async with s.client as client:
            handled = []
            for turn in range(50):
                for at in (0.0, 0.001):
                    s.server.publish(lost=turn % 7 == 3)
                    waiting = asyncio.create_task(client.next())
                    await asyncio.sleep(at)
                    waiting.cancel()
                    (result,) = await asyncio.gather(waiting, return_exceptions=True)
                    handled += [] if isinstance(result, BaseException) or result is None else [result.id]
            await asyncio.sleep(5)
            handled += await all_ids(client)
        assert sorted(handled, key=lambda name: int(str(name)[5:])) == offsets(1, 100)

    run(main)


def test_a_server_without_memory_is_asked_for_none() -> None:
    async def main() -> None:
        s = Remembering()
        s.server.streams = None
        async with s.client:
            s.server.publish(id="1")
            await s.reconnect()
            s.server.publish(id="2")
            assert await s.ids(2) == ["1", "2"]
        assert s.server.asked() == []
        assert s.told == []

    run(main)


def test_a_takeover_asks_only_for_what_neither_connection_brought() -> None:
    async def main() -> None:
        s = Remembering(tuning={"buffer_limit": 100_000})
        life_seconds = s.server.life_seconds
        async with s.client as client:
            published = 0
            for second in range(2 * life_seconds):
                for connection in s.server.live:
                    if now() - connection.opened_at >= life_seconds:
                        connection.drop(1001, "Going away")
                published += 1
                s.server.publish(lost=second % 1_000 == 999)
                await asyncio.sleep(1)
            await asyncio.sleep(5)
            assert await all_ids(client) == offsets(1, published)
        assert s.states == ["connecting", "open", "open", "open", "closed"]
        assert len(s.server.asked()) == 14

    run(main)


def restarted(server: FakeServer, positions: Any, **options: Any) -> Client:
    return Client(
        URL,
        user_id="user123",
        channels=["jobs"],
        positions=positions,
        connect=server.connect,
        tuning=Tuning(chance=lambda: 0.5),
        **options,
    )


def test_a_program_goes_on_after_a_restart_where_it_stopped(tmp_path: Path) -> None:
    async def main() -> None:
        s, file = Remembering(), tmp_path / "positions.json"
        async with restarted(s.server, file) as client:
            for _ in range(4):
                s.server.publish()
            assert [(await anext(aiter(client))).id for _ in range(2)] == offsets(1, 2)
        s.server.publish(lost=True)
        async with restarted(s.server, str(file)) as client:
            assert [(await anext(aiter(client))).id for _ in range(3)] == offsets(3, 5)
            # What comes again from before the restart was handled then.
            s.server.deliver(s.stream().events[2])
            s.server.publish()
            assert (await anext(aiter(client))).id == "jobs/6"

    run(main)
    assert list(json.loads((tmp_path / "positions.json").read_text())) == [f"{URL} user123"]
    assert [path.name for path in tmp_path.iterdir()] == ["positions.json"]


def test_an_event_that_got_a_second_offset_is_known_by_its_id_after_a_restart(tmp_path: Path) -> None:
    async def main() -> None:
        s, file = Remembering(), tmp_path / "positions.json"
        async with restarted(s.server, file) as client:
            s.server.publish(id="a")
            s.server.publish(id="b")
            assert (await anext(aiter(client))).id == "a"
        for event_id in ("a", "b", "c"):
            s.server.publish(id=event_id, lost=True)
        async with restarted(s.server, file) as client:
            assert [(await anext(aiter(client))).id for _ in range(2)] == ["b", "c"]
            assert await all_ids(client) == []

    run(main)


def test_what_overtakes_the_first_welcome_is_judged_by_what_is_stored(tmp_path: Path) -> None:
    async def main() -> None:
        s, file = Remembering(), tmp_path / "positions.json"
        async with restarted(s.server, file) as client:
            s.server.publish()
            await client.next()
        s.server.welcoming = False
        client = restarted(s.server, file)
        entering = asyncio.create_task(client.__aenter__())
        await settle()
        s.server.deliver(s.stream().events[1])
        s.server.publish()
        await settle()
        s.server.last.welcome()
        await entering
        s.server.deliver(s.stream().events[2])
        await settle()
        assert await all_ids(client) == ["jobs/2"]

    run(main)


def test_what_the_program_was_not_done_with_comes_again_after_a_restart() -> None:
    async def main() -> None:
        class InMemory:
            kept: Mapping[str, Any] | None = None

            def load(self, _key: str) -> Mapping[str, Any] | None:
                return self.kept

            def save(self, _key: str, positions: Mapping[str, Any]) -> None:
                self.kept = json.loads(json.dumps(positions))

        s, storage = Remembering(), InMemory()

        async def fail_at_the_second() -> None:
            async with restarted(s.server, storage) as client:
                for _ in range(3):
                    s.server.publish()
                async for event in client:
                    if event.id == "jobs/2":
                        raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail_at_the_second()
        async with restarted(s.server, storage) as client:
            assert [(await anext(aiter(client))).id for _ in range(2)] == offsets(2, 3)

    run(main)


def test_what_was_handed_over_early_does_not_come_again_after_a_restart(tmp_path: Path) -> None:
    async def main() -> None:
        s, file = Remembering(), tmp_path / "positions.json"
        async with restarted(s.server, file) as client:
            s.server.answering = False
            s.server.publish(lost=True)
            s.server.publish()
            assert (await anext(aiter(client))).id == "jobs/2"
        s.server.answering = True
        async with restarted(s.server, file) as client:
            s.server.publish()
            assert [(await anext(aiter(client))).id for _ in range(2)] == ["jobs/1", "jobs/3"]

    run(main)


@pytest.mark.parametrize(
    "text", ["{", "[]", json.dumps({f"{URL} user123": {"streams": {"jobs": {"offset": 1}}, "ids": []}})]
)
def test_positions_that_cannot_be_read_are_told_at_once(text: str, tmp_path: Path) -> None:
    async def main() -> None:
        s, file = Remembering(), tmp_path / "positions.json"
        file.write_text(text)
        with pytest.raises(TidingsError, match="positions"):
            await restarted(s.server, file).__aenter__()

    run(main)


def test_another_user_does_not_go_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    async def main() -> None:
        s, file = Remembering(), tmp_path / "positions.json"
        told: list[Recovery] = []
        for user in ("user1", "user2"):
            client = Client(
                URL,
                user_id=user,
                channels=["jobs"],
                positions=file,
                connect=s.server.connect,
                on_recovery=told.append,
            )
            async with client:
                s.server.publish()
                await client.next()
            s.server.publish(lost=True)
        assert told == []
        assert len(json.loads(file.read_text())) == 2

    run(main)
