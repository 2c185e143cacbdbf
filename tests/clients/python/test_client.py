"""The Python client against a server in this process, on a clock that jumps."""

import asyncio
from typing import Any

import pytest

from events import catalog
from events.jobs import JobAnalyzed
from tests.clients.python.fake_server import FakeServer, wire_time
from tests.clients.python.virtual_time import now, run
from tidings import Client, ConnectionRefused, RequestFailed, Status
from tidings.options import Tuning
from tidings.system import SystemNotification

URL = "ws://localhost:8000/api/v1/ws"


class Setting:
    """A server, a client that is not connected yet, and what it told."""

    def __init__(self, *, chance: float = 0.5, tuning: dict[str, Any] | None = None, **options: Any) -> None:
        self.server = FakeServer()
        self.statuses: list[Status] = []
        self.client = Client(
            options.pop("url", URL),
            channels=options.pop("channels", ["jobs"]),
            connect=self.server.connect,
            on_status=self.statuses.append,
            tuning=Tuning(chance=lambda: chance, **(tuning or {})),
            **options,
        )

    @property
    def states(self) -> list[str]:
        return [status.state for status in self.statuses]

    async def ids(self, count: int) -> list[str | None]:
        events = aiter(self.client)
        return [(await anext(events)).id for _ in range(count)]


async def settle() -> None:
    await asyncio.sleep(0.001)


def test_entering_waits_for_the_welcome_and_leaving_closes_with_1000() -> None:
    async def main() -> None:
        s = Setting(user_id="user 123", channels=["jobs", "interviews"])
        async with s.client as client:
            assert client.status == Status(state="open", connection_id="c1")
            assert s.server.last.query == {
                "heartbeat": "300",
                "user_id": "user 123",
                "channels": "jobs,interviews",
            }
        assert s.server.last.closed
        assert s.server.last.closed.code == 1000
        assert s.states == ["connecting", "open", "closed"]

    run(main)


def test_an_address_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="no WebSocket address"):
        Client("http://localhost:8000/")


def test_events_are_typed_and_what_is_unknown_is_kept() -> None:
    async def main() -> None:
        s = Setting(catalog=catalog)
        analyzed = {
            "job_id": 42,
            "match_score": 85.5,
            "recommendation": "apply_now",
            "strengths": ["Python"],
            "concerns": [],
            "model": "v2",
        }
        async with s.client as client:
            s.server.publish(type="job.analyzed", id="1", data=analyzed)
            s.server.publish(type="job.analyzed", id="2", data={"job_id": "not a number"})
            s.server.publish(type="job.archived", id="3", data={"job_id": 42})
            s.server.publish(type="job.archived", id="4", data="text")
            events = aiter(client)
            first, *others = [await anext(events) for _ in range(4)]
        assert isinstance(first.payload, JobAnalyzed)
        assert first.payload.match_score == 85.5
        assert first.payload.model_extra == {"model": "v2"}
        assert [event.payload for event in others] == [None] * 3
        assert [event.data for event in others] == [{"job_id": "not a number"}, {"job_id": 42}, "text"]

    run(main)


def test_without_a_catalogue_events_are_plain_data_and_the_systems_are_typed() -> None:
    notice = {"message": "Hello", "severity": "info", "action_required": False}

    async def main() -> None:
        s = Setting(channels=["jobs", "system"])
        async with s.client as client:
            s.server.publish(type="job.created", id="1", data={"job_id": 42})
            s.server.publish(type="system.notification", id="2", data=notice)
            events = aiter(client)
            first, second = [await anext(events) for _ in range(2)]
        assert (first.data, first.payload) == ({"job_id": 42}, None)
        assert second.payload == SystemNotification.model_validate(notice)

    run(main)


def test_one_id_comes_once() -> None:
    async def main() -> None:
        s = Setting()
        async with s.client:
            for event_id in ("1", "1", "2", "1", "3"):
                s.server.publish(id=event_id)
            assert await s.ids(3) == ["1", "2", "3"]

    run(main)


def test_ids_are_remembered_in_bounded_number() -> None:
    async def main() -> None:
        s = Setting(tuning={"remember_ids": 2})
        async with s.client:
            for event_id in ("1", "2", "3", "3", "1"):
                s.server.publish(id=event_id)
            assert await s.ids(4) == ["1", "2", "3", "1"]

    run(main)


def test_beyond_the_buffer_the_oldest_is_dropped_and_counted() -> None:
    async def main() -> None:
        s = Setting(tuning={"buffer_limit": 2})
        async with s.client as client:
            for event_id in ("1", "2", "3"):
                s.server.publish(id=event_id)
            await settle()
            assert await s.ids(2) == ["2", "3"]
            assert client.dropped == 1

    run(main)


def test_the_iteration_ends_after_close() -> None:
    async def main() -> None:
        s = Setting()
        async with s.client as client:
            s.server.publish(id="1")
            await settle()
            await client.close()
            assert [event.id async for event in client] == ["1"]

    run(main)


def test_subscribe_unsubscribe_and_list_are_answered() -> None:
    async def main() -> None:
        s = Setting()
        async with s.client as client:
            assert await client.subscribe("skills") == ("skills", 1)
            assert await client.list_channels() == ["jobs", "skills"]
            await client.unsubscribe("jobs")
            assert client.channels == ["skills"]
            assert s.server.last.channels == ["skills"]

    run(main)


def test_a_refused_channel_raises_and_is_not_asked_for_again() -> None:
    async def main() -> None:
        s = Setting()
        async with s.client as client:
            with pytest.raises(RequestFailed, match="unknown_channel"):
                await client.subscribe("nonsense")
            s.server.last.drop(1006)
            await asyncio.sleep(1)
            assert s.server.last.query["channels"] == "jobs"

    run(main)


@pytest.mark.parametrize(("lost", "seconds"), [("an answer", 5.0), ("the connection", 0.5)])
def test_a_question_is_asked_again_when_lost_was(lost: str, seconds: float) -> None:
    async def main() -> None:
        s = Setting()
        async with s.client as client:
            s.server.answering = False
            asked = asyncio.create_task(client.subscribe("skills"))
            await settle()
            s.server.answering = True
            if lost == "the connection":
                s.server.last.drop(1006)
            began = now()
            assert await asked == ("skills", 1)
            assert now() - began == pytest.approx(seconds, abs=0.01)

    run(main)


def test_a_question_without_an_answer_fails_in_the_end() -> None:
    async def main() -> None:
        s = Setting()
        async with s.client as client:
            s.server.answering = False
            asked = asyncio.create_task(client.list_channels())
            for _ in range(3):
                await asyncio.sleep(10)
                s.server.last.ping()
            with pytest.raises(RequestFailed, match="timeout"):
                await asked

    run(main)


def test_a_loss_is_told_with_reason_and_next_try_and_repaired_with_all_channels() -> None:
    async def main() -> None:
        s = Setting()
        async with s.client as client:
            await client.subscribe("skills")
            s.server.last.drop(1001, "Going away")
            await settle()
            assert client.status == Status(
                state="reconnecting",
                reason="closed by the server (1001 Going away)",
                attempt=1,
                retry_in_seconds=0.5,
            )
            await asyncio.sleep(1)
            assert s.server.last.channels == ["jobs", "skills"]
            assert client.status.connection_id == "c2"

    run(main)


def test_a_server_that_is_down_is_tried_with_growing_waits_until_it_is_back() -> None:
    async def main() -> None:
        s = Setting(chance=1.0)
        s.server.down = True
        entering = asyncio.create_task(s.client.__aenter__())
        await asyncio.sleep(600)
        assert len(s.server.tried) < 26
        s.server.down = False
        await asyncio.sleep(31)
        assert entering.done()
        await s.client.close()

    run(main)


def test_a_server_that_accepts_and_drops_at_once_is_not_hammered() -> None:
    async def main() -> None:
        s = Setting(chance=1.0)
        async with s.client:
            for _ in range(120):
                await asyncio.sleep(1)
                for connection in s.server.live:
                    connection.drop(1000)
        assert len(s.server.tried) < 12

    run(main)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_without_a_way_to_renew_the_token_ends_the_client(status: int) -> None:
    async def main() -> None:
        s = Setting(token="stale")
        s.server.refusals = [status]
        with pytest.raises(ConnectionRefused, match=str(status)):
            await s.client.__aenter__()
        assert len(s.server.tried) == 1
        assert s.client.status.state == "closed"

    run(main)


def test_a_refusal_later_on_ends_the_iteration() -> None:
    async def main() -> None:
        s = Setting(token="stale")
        async with s.client as client:
            s.server.refusals = [401]
            s.server.last.drop(1000)
            with pytest.raises(ConnectionRefused):
                await s.ids(1)
            assert client.status.state == "closed"

    run(main)


def test_a_token_callback_is_asked_anew_for_each_try_but_slowly() -> None:
    async def main() -> None:
        tokens = iter(range(100))

        async def token() -> str:
            return f"t{next(tokens)}"

        s = Setting(chance=1.0, token=token)
        s.server.refusals = [401] * 12
        async with s.client:
            assert [tried.query["token"] for tried in s.server.tried] == [f"t{n}" for n in range(13)]
            assert now() > 900

    run(main)


def test_a_token_callback_that_fails_is_asked_again() -> None:
    async def main() -> None:
        answers = iter([OSError("away"), RuntimeError("odd"), "good"])

        def token() -> str:
            match next(answers):
                case Exception() as error:
                    raise error
                case answer:
                    return str(answer)

        s = Setting(token=token)
        async with s.client:
            assert s.server.last.query["token"] == "good"
        assert s.states == ["connecting", *["reconnecting"] * 4, "open", "closed"]

    run(main)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("header", {"additional_headers": {"X-Trace": "1", "Authorization": "Bearer secret"}}),
        ("protocol", {"additional_headers": {"X-Trace": "1"}, "subprotocols": ["tidings", "bearer.secret"]}),
    ],
)
def test_the_token_and_the_librarys_options_are_passed_on(where: str, expected: dict[str, Any]) -> None:
    async def main() -> None:
        s = Setting(
            token="secret",
            token_in=where,
            additional_headers={"X-Trace": "1"},
            proxy="http://proxy.internal:3128",
        )
        async with s.client:
            assert "token" not in s.server.last.query
            assert s.server.last.options == {
                "ping_interval": None,
                "close_timeout": 2,
                "proxy": "http://proxy.internal:3128",
                **expected,
            }

    run(main)


@pytest.mark.parametrize(
    ("token", "connections"), [("fixed", 1), (lambda: "fresh", 2)], ids=["fixed", "renewed"]
)
def test_a_token_is_renewed_before_it_ends_when_it_can_be(token: Any, connections: int) -> None:
    async def main() -> None:
        s = Setting(token=token)
        s.server.token_seconds = 900
        async with s.client:
            await asyncio.sleep(900 - 179)
            assert len(s.server.tried) == connections
        assert "reconnecting" not in s.states

    run(main)


def test_a_device_that_another_one_replaced_does_not_fight_for_its_place() -> None:
    async def main() -> None:
        s = Setting()
        async with s.client as client:
            data = {"code": "too_many_connections", "message": "This user connected elsewhere"}
            s.server.last.deliver({"type": "system.error", "data": data, "timestamp": wire_time()})
            with pytest.raises(ConnectionRefused, match="elsewhere"):
                await s.ids(1)
            await asyncio.sleep(600)
            assert len(s.server.tried) == 1
            assert client.status == Status(state="closed", reason="This user connected elsewhere")

    run(main)


def test_retry_after_is_obeyed() -> None:
    async def main() -> None:
        s = Setting()
        s.server.refusals, s.server.retry_after = [429], "20"
        async with s.client:
            assert now() >= 20

    run(main)


def test_a_socket_without_a_welcome_is_given_up() -> None:
    async def main() -> None:
        s = Setting()
        s.server.welcoming = False
        entering = asyncio.create_task(s.client.__aenter__())
        await asyncio.sleep(15.1)
        assert s.server.tried[0].closed
        assert "no welcome came" in s.client.status.reason
        s.server.welcoming = True
        await entering
        await s.client.close()

    run(main)


@pytest.mark.parametrize("heartbeat", [30, 300])
def test_a_silent_server_is_asked_and_then_left(heartbeat: int) -> None:
    async def main() -> None:
        s = Setting()
        s.server.heartbeat_seconds = heartbeat
        async with s.client as client:
            s.server.answering = False
            await asyncio.sleep(heartbeat * 1.5 - 0.1)
            assert s.server.last.heard == []
            await asyncio.sleep(0.2)
            assert s.server.last.heard == [{"action": "ping"}]
            await asyncio.sleep(10)
            assert client.status.reason == "the server fell silent"

    run(main)


def test_a_late_tick_is_not_a_dead_server() -> None:
    async def main() -> None:
        s = Setting()
        async with s.client:
            await asyncio.sleep(600)
            assert len(s.server.tried) == 1

    run(main)


@pytest.mark.parametrize(
    ("tuning", "query", "answers"),
    [
        ({}, "300", []),
        ({"heartbeat_seconds": 60}, "60", []),
        ({"heartbeat_seconds": None}, None, []),
        ({"answer_pings": True}, "300", [{"action": "pong"}]),
    ],
    ids=["by default", "another interval", "the server's interval", "answering"],
)
def test_its_interval_is_asked_for_and_pings_are_answered_only_if_told(
    tuning: dict[str, Any], query: str | None, answers: list[Any]
) -> None:
    async def main() -> None:
        s = Setting(tuning=tuning)
        async with s.client:
            assert s.server.last.query.get("heartbeat") == query
            s.server.last.ping()
            await settle()
            assert s.server.last.heard == answers

    run(main)


@pytest.mark.parametrize(
    "frame",
    [
        "hello",
        "null",
        "[]",
        '{"message": "Forbidden"}',
        '{"type": "system.error"}',
        '{"type": "system.ping", "timestamp": "soon"}',
        '{"type": "system.connected", "data": null}',
    ],
)
def test_what_is_no_event_breaks_nothing(frame: str) -> None:
    async def main() -> None:
        s = Setting()
        async with s.client:
            s.server.last.deliver(frame)
            s.server.publish(id="1", timestamp=wire_time())
            assert await s.ids(1) == ["1"]

    run(main)
