"""The client: one user's events, over connections that follow one another."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from os import PathLike
from types import TracebackType
from typing import Any, NamedTuple, Self

from websockets.asyncio.client import connect as websockets_connect

from tidings.catalog import Catalog
from tidings.dialer import Connect, Dialer, Token, TokenIn
from tidings.errors import ConnectionRefused, RequestFailed, TidingsError
from tidings.event import Event, decode
from tidings.event_queue import EventQueue
from tidings.inbox import Counts, InboxCounts, InboxPage
from tidings.link import Link, Message
from tidings.memory import GetState, Memory, Recovery
from tidings.options import Tuning
from tidings.replies import NO_EVENTS, hear
from tidings.requests import Requests
from tidings.status import Status
from tidings.storage import FileStorage, Storage
from tidings.succession import Succession
from tidings.system import with_system

LOGGER = logging.getLogger("tidings")
NEVER_AGAIN = frozenset({"unknown_channel", "forbidden_channel"})


class Subscribed(NamedTuple):
    channel: str
    subscriber_count: int


class Client:
    """`async with Client(url, channels=["orders"]) as client: async for event in client: …`

    Entering waits for the first welcome, however long the server is away. The iteration ends after `close`,
    and raises ConnectionRefused when the server refuses this client for good.
    """

    def __init__(  # noqa: PLR0913 - options by name, each with its default
        self,
        url: str,
        *,
        user_id: str | None = None,
        channels: Iterable[str] = (),
        catalog: Catalog | None = None,
        token: Token | None = None,
        token_in: TokenIn = "query",  # noqa: S107 - a place, not a secret
        on_status: Callable[[Status], object] = lambda _status: None,
        on_recovery: Callable[[Recovery], object] = lambda _recovery: None,
        on_inbox: Callable[[InboxCounts], object] = lambda _counts: None,
        get_state: GetState | None = None,
        positions: str | PathLike[str] | Storage | None = None,
        tuning: Tuning | None = None,
        connect: Connect = websockets_connect,
        **connect_options: Any,
    ) -> None:
        """`catalog`: the application's, whose classes events carry as `payload`. `get_state(stream, reason)`
        fetches the state anew where events are lost for good; later events wait for it. `positions`,
        a file or an object with `load` and `save`, keeps across a restart what the program is done with.

        Raises DeclarationError.
        """
        tuning = tuning or Tuning()
        dialer = Dialer(
            url=url,
            user_id=user_id,
            token=token,
            token_in=token_in,
            heartbeat_seconds=tuning.heartbeat_seconds,
            connect=connect,
            options=connect_options,
        )
        self._wanted = dict.fromkeys(channels)
        self._on_status = on_status
        self._catalog = with_system(catalog or Catalog())
        self._queue = EventQueue(limit=tuning.buffer_limit)
        self._counts = Counts(on_inbox)
        self._succession = Succession(
            dialer,
            tuning,
            channels=lambda: list(self._wanted),
            received=self._receive,
            reconcile=self._reconcile,
            tell=self._tell,
        )
        self._requests = Requests(self._succession.send, timeout_seconds=tuning.request_timeout_seconds)
        self._memory = Memory(
            queue=self._queue,
            requests=self._requests,
            url=url.partition("?")[0],
            storage=FileStorage(positions) if isinstance(positions, str | PathLike) else positions,
            remember_ids=tuning.remember_ids,
            on_recovery=on_recovery,
            get_state=get_state,
            arrived=self._counts.arrived,
        )
        self._running: asyncio.Task[None] | None = None
        self._opened = asyncio.Event()
        self.status = Status(state="closed", reason="not connected yet")

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._run(), name="tidings")
        try:
            await self._opened.wait()
            if self._running.done():
                self._running.result()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._memory.done()
        await self.close()

    async def __aiter__(self) -> AsyncIterator[Event]:
        while (event := await self.next()) is not None:
            yield event

    async def next(self) -> Event | None:
        """The next event; None after `close`. Asking says that the program is done with the one before.

        Raises ConnectionRefused when the server refuses for good, and what `get_state` raises.
        """
        act = await self._memory.next()
        if act is not None:
            return decode(act.message, self._catalog, recovered=act.recovered)
        ended = self._running is not None and self._running.done() and not self._running.cancelled()
        if self._running is not None and ended:
            self._running.result()
        return None

    @property
    def channels(self) -> list[str]:
        """The channels asked for, in the order they were asked for."""
        return list(self._wanted)

    @property
    def dropped(self) -> int:
        """How many events that the server does not keep were dropped because the iteration was too slow."""
        return self._queue.dropped

    @property
    def inbox_counts(self) -> InboxCounts | None:
        """As far as is known here; None without a user, or before the first welcome."""
        return self._counts.now

    async def inbox(self, *, limit: int = 20, before: int | None = None) -> InboxPage:
        """The user's items, newest first, below the number `before`. Raises RequestFailed."""
        answer = await self._requests.ask("inbox", limit=limit, before=before)
        items = [decode(item, self._catalog) for item in answer["items"]]
        last = items[-1].inbox if items else None
        return InboxPage(
            items=items,
            unseen=answer["unseen"],
            more=answer["more"],
            through=answer.get("through", last),
        )

    async def seen(self, number: int) -> InboxCounts:
        """Mark the items up to this one as seen, on all devices. Raises RequestFailed."""
        answer = await self._requests.ask("seen", inbox=number)
        last = self._counts.now.last if self._counts.now else answer["inbox"]
        return InboxCounts(max(last, answer["inbox"]), answer["unseen"])

    async def subscribe(self, channel: str) -> Subscribed:
        """What the server answered; waits through reconnects. Raises RequestFailed."""
        self._wanted[channel] = None
        try:
            answer = await self._requests.ask("subscribe", channel=channel)
        except RequestFailed as failed:
            if failed.code in NEVER_AGAIN:
                self._wanted.pop(channel, None)
                self._memory.unsubscribed(channel)
            raise
        return Subscribed(channel=answer["channel"], subscriber_count=answer["subscriber_count"])

    async def unsubscribe(self, channel: str) -> None:
        self._wanted.pop(channel, None)
        self._memory.unsubscribed(channel)
        await self._requests.ask("unsubscribe", channel=channel)

    async def list_channels(self) -> list[str]:
        """What the server holds for this connection."""
        return list((await self._requests.ask("list_channels"))["channels"])

    async def close(self) -> None:
        """End for good. Safe to call twice."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})
            if not self._running.cancelled():
                self._running.exception()  # seen by the iteration, or of no interest any more

    async def _run(self) -> None:
        reason = "closed by this program"
        try:
            await self._succession.run()
        except TidingsError as error:
            reason = str(error)
            raise
        finally:
            self._memory.close()
            self._requests.fail(reason)
            self._tell(Status(state="closed", reason=reason))
            self._queue.end()
            self._opened.set()

    def _tell(self, status: Status) -> None:
        self.status = status
        if status.state == "open":
            self._opened.set()
        self._on_status(status)

    def _receive(self, message: Message, *, draining: bool) -> None:
        kind = message.get("type")
        data = message.get("data")
        if not isinstance(kind, str):
            # One of API Gateway's own frames, as {"message": "Internal server error", …}
            LOGGER.warning("The gateway says: %s", message.get("message"))
        elif kind in NO_EVENTS:
            said: Mapping[str, Any] = data if isinstance(data, dict) else {}
            hear(kind, said, self._memory, self._counts, overlapping=self.status.state == "open")
            if not self._requests.settle(kind=kind, data=said) and kind == "system.error":
                LOGGER.warning("The server says: %s: %s", said.get("code"), said.get("message"))
                # Coming back would push out another of the user's devices, which would then do the same.
                if said.get("code") == "too_many_connections":
                    raise ConnectionRefused(str(said.get("message")))
        elif not draining or message.get("channel", "") in (*self._wanted, ""):
            self._memory.event(message)

    async def _reconcile(self, link: Link) -> None:
        """Make the server's list ours: it was told before the latest subscribe or unsubscribe."""
        self._requests.ask_again()
        held = link.welcome.get("channels") or []
        asked = [self.subscribe(channel) for channel in self.channels if channel not in held]
        dropped = [self.unsubscribe(channel) for channel in held if channel not in self._wanted]
        for outcome in await asyncio.gather(*asked, *dropped, return_exceptions=True):
            if isinstance(outcome, RequestFailed):
                LOGGER.warning("Not as asked: %s", outcome)
            elif isinstance(outcome, BaseException):
                raise outcome
