"""The client for scripts without asyncio, over a real socket."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.server import Server, ServerConnection, serve

from tidings import Listener, RequestFailed

pytestmark = pytest.mark.network


def say(socket: ServerConnection, kind: str, data: object = None, **more: object) -> None:
    socket.send(json.dumps({"type": kind, "data": data or {}, "timestamp": "2025-11-14T15:00:00Z", **more}))


def converse(socket: ServerConnection) -> None:
    counts = {"inbox": {"last": 2, "unseen": 1}}
    say(socket, "system.connected", {"connection_id": "c1", "channels": ["jobs"], **counts})
    for number in (1, 2):
        say(socket, "system.notification", {"message": "hello"}, id=str(number), channel="system")
    for text in socket:
        asked = json.loads(text)
        if asked["action"] in {"inbox", "seen"}:
            item = {"type": "followup.due", "data": {}, "inbox": 2}
            page = {"items": [item], "more": False} if asked["action"] == "inbox" else {"inbox": 2}
            unseen = 1 if asked["action"] == "inbox" else 0
            answer = {**page, "unseen": unseen, "request_id": asked["request_id"]}
            say(socket, f"system.{asked['action']}", answer)
            continue
        echoed = {"request_id": asked["request_id"], "channel": asked["channel"]}
        if asked["channel"] == "skills":
            say(socket, "system.subscribed", {**echoed, "subscriber_count": 3})
        else:
            say(socket, "system.error", {**echoed, "code": "forbidden_channel", "message": "not for you"})


@pytest.fixture
def url() -> Iterator[str]:
    with serve(converse, "127.0.0.1", 0) as server:
        yield from _served(server)


def _served(server: Server) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/"
    server.shutdown()
    thread.join()


def test_events_come_in_a_plain_loop(url: str) -> None:
    heard = []
    with Listener(url, channels=["jobs"]) as events:
        for event in events:
            heard.append(event.id)
            if len(heard) == 2:
                break
    assert heard == ["1", "2"]


def test_requests_are_answered_or_raise(url: str) -> None:
    with Listener(url) as events:
        assert events.subscribe("skills").subscriber_count == 3
        with pytest.raises(RequestFailed, match="forbidden_channel"):
            events.subscribe("jobs")


def test_the_inbox_is_read_and_marked_as_seen(url: str) -> None:
    with Listener(url, user_id="user123") as events:
        assert events.inbox_counts == (2, 1)
        assert [item.inbox for item in events.inbox(limit=1).items] == [2]
        assert events.seen(2) == (2, 0)
        assert events.inbox_counts == (2, 0)


def test_where_it_stopped_is_kept_when_the_loop_ends_well(url: str, tmp_path: Path) -> None:
    file = tmp_path / "positions.json"
    with Listener(url, positions=file) as events:
        assert next(iter(events)).id == "1"
    assert next(iter(json.loads(file.read_text()).values()))["ids"] == ["1"]


def test_waiting_has_an_end_if_one_is_given_and_loses_nothing(url: str) -> None:
    with Listener(url) as events:
        assert [events.next(timeout_seconds=5) is not None for _ in range(2)] == [True, True]
        with pytest.raises(TimeoutError):
            events.next(timeout_seconds=0.01)


def test_closing_from_another_thread_ends_the_loop(url: str) -> None:
    with Listener(url) as events:
        threading.Timer(0.05, events.close).start()
        assert [event.id for event in events] == ["1", "2"]


def test_a_wrong_address_is_refused_where_it_is_written() -> None:
    with pytest.raises(ValueError, match="no WebSocket address"):
        Listener("http://localhost/")


def test_it_is_used_as_a_context() -> None:
    with pytest.raises(RuntimeError, match="with Listener"):
        Listener("ws://localhost/").next()


def test_no_loop_is_left_behind(url: str) -> None:
    with Listener(url):
        pass
    assert [thread.name for thread in threading.enumerate() if thread.name == "tidings"] == []
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
