"""The user's inbox: its items, and counts that are the server's."""

import asyncio
from typing import Any

import pytest

from tests.clients.python.fake_server import wire_time
from tests.clients.python.test_client import Setting, settle
from tests.clients.python.virtual_time import run
from tidings import RequestFailed
from tidings.inbox import Counts, InboxCounts


class WithInbox(Setting):
    def __init__(self, *, items: int, seen: int = 0) -> None:
        self.told: list[InboxCounts] = []
        super().__init__(user_id="user123", on_inbox=self.told.append)
        self.server.inbox = []
        self.server.seen = seen
        for _ in range(items):
            self.item()

    def item(self) -> dict[str, Any]:
        assert self.server.inbox is not None
        number = len(self.server.inbox) + 1
        item = {"type": "interview.reminder", "data": {}, "timestamp": wire_time(), "channel": "interviews"}
        self.server.inbox.append({**item, "id": f"i{number}", "inbox": number})
        return self.server.inbox[-1]


def test_counts_come_with_the_welcome_and_change_with_what_arrives() -> None:
    async def main() -> None:
        s = WithInbox(items=9, seen=6)
        async with s.client as client:
            assert client.inbox_counts == (9, 3)
            s.server.last.deliver(s.item())
            s.server.last.deliver(s.server.inbox[-1])  # type: ignore[index]
            await settle()
            assert client.inbox_counts == (10, 4)
            s.item()  # to a channel that is not subscribed here
            s.server.last.deliver(s.item())
            await settle()
            assert client.inbox_counts == (12, 6)
        assert s.told == [(9, 3), (10, 4), (12, 6)]

    run(main)


def test_items_are_read_page_by_page_newest_first() -> None:
    async def main() -> None:
        s = WithInbox(items=5)
        async with s.client as client:
            first = await client.inbox(limit=3)
            assert [item.inbox for item in first.items] == [5, 4, 3]
            assert (first.unseen, first.more) == (5, True)
            second = await client.inbox(limit=3, before=first.through)
            assert [item.id for item in second.items] == ["i1"]
            assert not second.more

    run(main)


def test_what_is_seen_is_seen_on_all_devices_and_never_unseen_again() -> None:
    async def main() -> None:
        s = WithInbox(items=9, seen=3)
        async with s.client as client:
            assert await client.seen(7) == (9, 2)
            assert await client.seen(5) == (9, 2)
            assert client.inbox_counts == (9, 2)
            seen = {"inbox": 9, "unseen": 0}  # on another device
            s.server.last.deliver({"type": "system.seen", "data": seen, "timestamp": wire_time()})
            await settle()
            assert client.inbox_counts == (9, 0)
        assert s.told == [(9, 6), (9, 2), (9, 0)]

    run(main)


def test_the_counts_after_a_reconnect_are_the_servers() -> None:
    async def main() -> None:
        s = WithInbox(items=2)
        async with s.client as client:
            s.server.last.drop(1006)
            s.item()
            s.server.seen = 3
            await asyncio.sleep(1)
            assert client.inbox_counts == (3, 0)

    run(main)


def test_a_server_without_an_inbox_tells_no_counts() -> None:
    async def main() -> None:
        s = Setting()
        async with s.client as client:
            assert client.inbox_counts is None
            s.server.answering = False
            s.server.publish(id="1", inbox=4)
            await settle()
            assert client.inbox_counts is None

    run(main)


def test_without_a_user_the_server_says_why_there_is_no_inbox() -> None:
    async def main() -> None:
        s = Setting()
        async with s.client as client:
            with pytest.raises(RequestFailed, match="needs a user"):
                await client.inbox()

    run(main)


@pytest.mark.parametrize("data", [{}, {"last": 3}, {"unseen": 1}, {"last": "3", "unseen": 1}])
def test_what_tells_no_counts_changes_none(data: dict[str, Any]) -> None:
    told: list[InboxCounts] = []
    counts = Counts(told.append)
    counts.told(data)
    assert (counts.now, told) == (None, [])
